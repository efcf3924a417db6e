// <a data-goes-back>: back to the form that was refused, with what was typed in it, where the browser
// still has it; where this page was opened otherwise, it is a plain link.
(() => {
  const cameFromHere = () => {
    try {
      return new URL(document.referrer).origin === location.origin && history.length > 1;
    } catch {
      return false; // no referrer
    }
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-goes-back]");
    const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link || opensElsewhere || event.defaultPrevented || !cameFromHere()) return;
    event.preventDefault();
    history.back();
  });
})();
