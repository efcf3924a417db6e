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

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "reveal") return;
    const dialog = document.getElementById("reveal");
    if (!dialog?.open) return;
    const asked = dialog.querySelector("form")?.getAttribute("hx-target");
    const place = asked && document.querySelector(asked);
    if (!asked || place?.classList.contains("veil-open")) {
      dialog.close();
      place?.querySelector("button")?.focus();
    }
  });

  document.addEventListener("htmx:afterSettle", tick);
  setInterval(tick, 1000);
  tick();
})();
