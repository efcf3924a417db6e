// Keys press what carries them: <button data-keys="u z">. Next to remapping, nothing else changes.
(() => {
  const TEXT_INPUTS = new Set(["text", "search", "email", "password", "number", "url", "tel", "date", "time"]);

  const isTyping = (element) =>
    element instanceof HTMLElement &&
    (element.isContentEditable ||
      element.matches("textarea, select") ||
      (element.matches("input") && TEXT_INPUTS.has(element.type)));

  const isUsable = (element) =>
    !element.disabled && !element.closest("[hidden], [data-lost]") && element.getClientRects().length > 0;

  // A dialog that is open keeps the keys to itself.
  const scope = () => document.querySelector("dialog[open]") ?? document;

  const pressing = (key) =>
    [...scope().querySelectorAll("[data-keys]")].find(
      (element) => element.dataset.keys.split(" ").includes(key) && isUsable(element),
    );

  const mainButton = () => {
    const dialog = document.querySelector("dialog[open]");
    return [...(dialog ?? document).querySelectorAll("[data-main]")].find(
      (element) => isUsable(element) && (dialog || !element.closest("dialog")),
    );
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.altKey) {
      const button = mainButton();
      if (!button) return;
      event.preventDefault();
      if (!event.repeat) button.click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const found = pressing(event.key.toLowerCase());
    if (!found) return;
    event.preventDefault();
    if (!event.repeat) found.click();
  });
})();
