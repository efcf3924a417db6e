// Opening and closing dialogs, and notices that can be put away.
(() => {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    const closer = event.target.closest("[data-closes]");
    if (closer) closer.closest("dialog")?.close();
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest(".notice, .toast")?.remove();
    // A click on the backdrop lands on the dialog itself.
    if (event.target instanceof HTMLDialogElement) event.target.close();
  });
})();
