// Keeps what is typed as a draft, a moment after the last change and when the page is left.
(() => {
  const PAUSE_MS = 800;
  let timer = null;

  const save = (form, isLeaving) => {
    clearTimeout(timer);
    timer = null;
    const status = form.querySelector("[data-draft-status]");
    fetch(form.dataset.draft, {
      method: "POST",
      body: new FormData(form),
      keepalive: isLeaving,
      redirect: "error",
    }).then(
      (answer) => { if (status) status.textContent = answer.ok ? "Draft saved" : "Draft not saved"; },
      () => { if (status) status.textContent = "Draft not saved: no connection"; },
    );
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-draft]");
    if (!form) return;
    clearTimeout(timer);
    timer = setTimeout(() => save(form, false), PAUSE_MS);
  });

  // A decision makes the draft pointless; a late save must not bring it back. What merely fetches
  // a panel beside the form takes nothing off the screen, so the draft goes on.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target?.id === "content" || event.target.id === "release") { clearTimeout(timer); timer = null; }
  });

  document.addEventListener("visibilitychange", () => {
    const form = document.querySelector("form[data-draft]");
    if (document.visibilityState === "hidden" && timer && form) save(form, true);
  });
})();
