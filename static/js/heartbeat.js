// The lease: counts down what is left, and keeps it while somebody is at work here.
(() => {
  const BEAT_MS = 30_000;
  const IDLE_MS = 300_000; // a screen left alone this long lets the lease run out
  let active = performance.now();
  let shown = null;
  let ends = 0;

  for (const kind of ["keydown", "pointerdown", "pointermove", "scroll"]) {
    addEventListener(kind, () => { active = performance.now(); }, { passive: true, capture: true });
  }

  const words = (seconds) => {
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 6000) return `${Math.floor(seconds / 60)} min`;
    return `${Math.floor(seconds / 3600)} h`;
  };

  const draw = () => {
    const lease = document.getElementById("lease");
    if (!lease) return;
    if (lease !== shown) {
      shown = lease;
      ends = performance.now() + Number(lease.dataset.seconds) * 1000;
    }
    const left = Math.max(0, Math.round((ends - performance.now()) / 1000));
    lease.dataset.level = left === 0 ? "over" : left < 120 ? "soon" : "ok";
    const text = lease.querySelector("[data-left]");
    if (text) text.textContent = words(left);
  };

  const beat = () => {
    const lease = document.getElementById("lease");
    if (!lease || document.querySelector("#notice [data-lost]")) return;
    if (performance.now() - active < IDLE_MS) htmx.trigger(lease, "beat");
  };

  document.addEventListener("DOMContentLoaded", draw);
  document.addEventListener("htmx:afterSettle", draw);
  setInterval(draw, 1000);
  setInterval(beat, BEAT_MS);
})();
