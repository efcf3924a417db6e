// What a page asks for by itself while somebody looks at it: who else is here, what is new.
(() => {
  const LOOK_MS = 4_000;
  const RING_MS = 15_000;

  const ask = (id, what) => {
    const element = document.getElementById(id);
    if (element && window.htmx && !document.hidden) htmx.trigger(element, what);
  };
  const look = () => ask("presence", "look");
  const ring = () => ask("bell-count", "ring");

  document.addEventListener("visibilitychange", () => { look(); ring(); });
  setInterval(look, LOOK_MS);
  setInterval(ring, RING_MS);
})();
