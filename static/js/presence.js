// Who else is here: asks every few seconds while the page is looked at, and not while it is not.
(() => {
  const LOOK_MS = 4_000;

  const look = () => {
    if (document.hidden) return;
    const presence = document.getElementById("presence");
    if (presence && window.htmx) htmx.trigger(presence, "look");
  };

  document.addEventListener("visibilitychange", look);
  setInterval(look, LOOK_MS);
})();
