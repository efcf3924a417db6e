// Keys press what carries them: <button data-keys="u z"> names its usual keys. Who chose others
// has them in <body data-keymap>: usual key -> own key, "" for none.
(() => {
  const TEXT_INPUTS = new Set(["text", "search", "email", "password", "number", "url", "tel", "date", "time"]);
  const SHOWN = { backspace: "⌫", delete: "Del" };
  let own = {};
  let usual = {};

  const read = () => {
    try { own = JSON.parse(document.body.dataset.keymap || "{}"); } catch { own = {}; }
    usual = Object.fromEntries(Object.entries(own).filter(([, key]) => key).map(([from, to]) => [to, from]));
    show();
  };

  // The usual key that a pressed one stands for; "" for one that was given away.
  const meaning = (key) => {
    const pressed = key.toLowerCase();
    return usual[pressed] ?? (pressed in own ? "" : pressed);
  };

  // What is written on buttons follows the person's choice.
  const show = () => {
    if (!Object.keys(own).length) return;
    for (const element of document.querySelectorAll("[data-keys]")) {
      const first = element.dataset.keys.split(" ")[0];
      const sign = element.querySelector("kbd");
      if (!sign || !(first in own)) continue;
      sign.hidden = !own[first];
      sign.textContent = SHOWN[own[first]] ?? own[first].toUpperCase();
    }
  };

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
    const key = meaning(event.key);
    const found = key && pressing(key);
    if (!found) return;
    event.preventDefault();
    if (!event.repeat) found.click();
  });

  // Behaviours with keys of their own (moving between fields) ask here what was meant.
  window.countersign = { ...window.countersign, meaning };
  document.addEventListener("DOMContentLoaded", read);
  document.addEventListener("htmx:afterSettle", show);
})();
