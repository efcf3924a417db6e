// The undo toast counts down; when nothing can be had for free any more it goes.
(() => {
  const LINGER_SECONDS = 6; // without an undo window the toast stays this long
  const ends = new WeakMap();

  const tick = () => {
    for (const toast of document.querySelectorAll(".toast[data-seconds]")) {
      const whole = Number(toast.dataset.seconds) || LINGER_SECONDS;
      if (!ends.has(toast)) ends.set(toast, performance.now() + whole * 1000);
      const left = (ends.get(toast) - performance.now()) / 1000;
      if (left <= 0) { toast.remove(); continue; }
      const text = toast.querySelector("[data-left]");
      if (text) text.textContent = Math.ceil(left);
      const bar = toast.querySelector("progress");
      if (bar) bar.value = left;
    }
  };

  // An undo from the list of last decisions shows its task below: the list has done its work.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "content") document.getElementById("recent")?.close();
  });

  document.addEventListener("htmx:afterSettle", tick);
  setInterval(tick, 250);
})();
