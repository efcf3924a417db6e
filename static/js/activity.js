// Time at work on the task on the screen: a pause above a minute counts no further than its minute.
// What was not said yet goes with the next request of the task, and is kept where that fails.
(() => {
  const IDLE_MS = 60_000;
  const OF_TASK = /\/tasks\/[0-9a-f-]+\/(decide|heartbeat)\/$/;
  let task = null;
  let counted = 0; // milliseconds at work not said yet
  let last = performance.now(); // what was counted up to
  let active = last; // the last sign of somebody

  const current = () => document.querySelector("main[data-task]")?.dataset.task ?? null;

  // Somebody is taken to be at work until a minute after their last sign, not longer.
  const count = () => {
    const now = performance.now();
    const until = Math.min(now, active + IDLE_MS);
    if (current() === task && !document.hidden) counted += Math.max(0, until - last);
    last = now;
  };

  const begin = () => {
    if (current() === task) return;
    task = current();
    counted = 0;
    last = active = performance.now();
  };

  const sign = () => {
    count();
    active = performance.now();
  };

  for (const kind of ["keydown", "pointerdown", "pointermove", "scroll", "wheel"]) {
    addEventListener(kind, sign, { passive: true, capture: true });
  }
  document.addEventListener("visibilitychange", () => { if (document.hidden) count(); else last = performance.now(); });
  document.addEventListener("DOMContentLoaded", begin);
  document.addEventListener("htmx:afterSettle", begin);

  document.addEventListener("htmx:configRequest", (event) => {
    if (!OF_TASK.test(event.detail.path)) return;
    count();
    const seconds = Math.round(counted / 1000);
    event.detail.parameters["active_seconds"] = String(seconds);
    event.detail.elt.dataset.said = `${task} ${seconds}`;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const [of, seconds] = (event.detail.elt?.dataset.said ?? "").split(" ");
    if (seconds === undefined) return;
    delete event.detail.elt.dataset.said;
    if (event.detail.successful && of === task) counted = Math.max(0, counted - Number(seconds) * 1000);
  });
})();
