// A form that saves itself by htmx (data-saves) loses nothing by a page that is hidden or left:
// what is not saved yet is sent then, too.
(() => {
  // From a page that is gone a browser sends 64 KiB at most; a field costs about 200 bytes more
  // than its text.
  const MOST_BYTES = 60 * 1024;
  const FRAME_BYTES = 200;
  const COMING_BACK_MS = 10_000;

  const form = document.querySelector("form[data-saves]");
  if (!form) return;
  const kept = `saves:${form.dataset.saves}`;
  // Counts of what was typed: up to which it is, was sent, and is known to be saved.
  let typed = 0;
  let sent = 0;
  let saved = 0;
  const asked = new WeakMap();

  const isSaved = (status) => status === 200 || status === 409; // 409: saved, and somebody else wrote

  const bytes = () => {
    const coder = new TextEncoder();
    return [...new FormData(form).values()].reduce((sum, text) => sum + coder.encode(text).length + FRAME_BYTES, 0);
  };

  const send = (isLeaving) => {
    const now = typed;
    if (now <= Math.max(saved, sent)) return Promise.resolve();
    sent = now;
    const what = { method: "POST", body: new FormData(form), keepalive: isLeaving, redirect: "error" };
    return fetch(form.getAttribute("hx-post"), what).then(
      (answer) => { if (isSaved(answer.status)) mark(now); else sent = saved; },
      () => { sent = saved; },
    );
  };

  // A reload asks for the page before what is sent here has arrived: for that the tab keeps it.
  const leave = () => {
    if (typed <= saved) return true;
    const texts = [...form.querySelectorAll("textarea")].map((area) => [area.name, area.value]);
    try {
      sessionStorage.setItem(kept, JSON.stringify({ at: Date.now(), base: form.elements.base.value, texts }));
    } catch { /* full or forbidden: it is sent all the same */ }
    const fits = bytes() <= MOST_BYTES;
    send(fits);
    return fits;
  };

  const say = (area) => area.dispatchEvent(new Event("input", { bubbles: true }));

  const comeBack = () => {
    // What was typed before this was here to hear it, or put back by the browser.
    for (const area of form.querySelectorAll("textarea")) if (area.value !== area.defaultValue) say(area);
    let left = null;
    try {
      left = JSON.parse(sessionStorage.getItem(kept));
      sessionStorage.removeItem(kept);
    } catch { /* forbidden: there is none */ }
    if (!left || Date.now() - left.at > COMING_BACK_MS) return;
    if (left.base !== form.elements.base.value) {
      location.reload(); // by now it is the draft, with what became of the card beside it
      return;
    }
    for (const [name, value] of left.texts) {
      const area = form.elements[name];
      if (!area || area.value === value) continue;
      area.value = value;
      say(area);
    }
  };

  // Early, so that the next page finds it; where it is too long to be sent so, the browser asks.
  // It stands in the way of a page only while there is something to lose.
  const before = (event) => { if (!leave()) event.preventDefault(); };
  const mark = (upTo) => {
    saved = Math.max(saved, upTo);
    if (saved === typed) removeEventListener("beforeunload", before);
  };

  form.addEventListener("input", () => {
    typed += 1;
    addEventListener("beforeunload", before);
  });
  form.addEventListener("htmx:beforeRequest", (event) => asked.set(event.detail.xhr, typed));
  form.addEventListener("htmx:afterRequest", (event) => {
    const { xhr } = event.detail;
    if (isSaved(xhr.status)) mark(asked.get(xhr) ?? 0);
  });

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") send(bytes() <= MOST_BYTES);
  });
  addEventListener("pagehide", leave);

  document.addEventListener("submit", (event) => {
    if (event.target === form || event.target.matches("[data-forgets]")) {
      mark(typed); // it carries everything itself, or is to lose it
    } else if (typed > Math.max(saved, sent) && !event.defaultPrevented) {
      event.preventDefault(); // signing out, for one, would come before it
      send(false).finally(() => event.target.requestSubmit(event.submitter));
    }
  });

  addEventListener("DOMContentLoaded", comeBack);
})();
