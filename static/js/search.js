// The search box of the top bar: arrows walk through the hits, Escape leaves them.
(() => {
  const box = () => document.querySelector("[data-quick]");
  const hits = () => [...(box()?.querySelectorAll(".hits a") ?? [])];
  const input = () => box()?.querySelector("input");

  const close = () => {
    const found = box()?.querySelector(".hits");
    if (found) found.replaceChildren();
  };

  const step = (by) => {
    const all = hits();
    if (!all.length) return false;
    const at = all.indexOf(document.activeElement);
    const next = at + by;
    if (at === -1 && by < 0) return false;
    if (next < 0) input().focus();
    else all[Math.min(next, all.length - 1)].focus();
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (!box()?.contains(event.target) || event.isComposing) return;
    if (event.key === "ArrowDown" && step(1)) event.preventDefault();
    if (event.key === "ArrowUp" && step(-1)) event.preventDefault();
    if (event.key === "Escape") {
      event.preventDefault();
      close();
      input().blur();
      document.getElementById("content")?.focus();
    }
  });

  document.addEventListener("focusin", (event) => {
    if (hits().length && !box().contains(event.target)) close();
  });
  document.addEventListener("pointerdown", (event) => {
    if (hits().length && !box().contains(event.target)) close();
  });
})();
