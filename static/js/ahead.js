// Fetches the page pictures of the task that is likely to come next, once this one is at rest.
// They are held by this page alone and go with it: nothing is kept in the browser's storage.
(() => {
  const REST_MS = 1500;
  let held = [];
  let timer = 0;

  const ask = async (address) => {
    if (document.visibilityState === "hidden" || navigator.connection?.saveData) return;
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "error" });
      if (!answer.ok) return;
      const { pictures } = await answer.json();
      held = pictures.map((source) => {
        const image = new Image();
        image.decoding = "async";
        image.src = source;
        return image;
      });
    } catch { /* the next task is then simply fetched when it comes */ }
  };

  const wait = () => {
    clearTimeout(timer);
    const address = document.querySelector("main[data-ahead]")?.dataset.ahead;
    if (address) timer = setTimeout(ask, REST_MS, address);
    else held = [];
  };

  document.addEventListener("DOMContentLoaded", wait);
  document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "content") wait(); });
})();
