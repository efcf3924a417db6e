// Revealed values count down; the dialog that asked for one closes once its answer is there.
(() => {
  const ends = new WeakMap();

  const tick = () => {
    for (const shown of document.querySelectorAll("[data-seconds-left]")) {
      if (!ends.has(shown)) ends.set(shown, performance.now() + Number(shown.dataset.secondsLeft) * 1000);
      const left = Math.max(0, Math.ceil((ends.get(shown) - performance.now()) / 1000));
      shown.textContent = left >= 60 ? `${Math.floor(left / 60)} min ${left % 60} s` : `${left} s`;
      // Should the server not be reached, the value goes all the same.
      if (left === 0) shown.closest(".veil")?.querySelector(".veil-value, .table-wrap, .facts")?.remove();
    }
  };

  // The server says so (HX-Trigger), before the place is drawn anew.
  document.addEventListener("revealed", (event) => {
    document.getElementById("reveal")?.close();
    const id = event.detail.value;
    setTimeout(() => document.getElementById(id)?.querySelector("button")?.focus(), 50);
  });

  document.addEventListener("htmx:afterSettle", tick);
  setInterval(tick, 1000);
  tick();
})();
