// Choosing a key by pressing it: the field takes the key itself, not what it would type.
(() => {
  const NAMED = new Set(["Backspace", "Delete"]);
  const LEFT_ALONE = new Set(["Tab", "Enter", "Escape", "Shift", " "]);

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("[data-key-field]");
    if (!field || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (LEFT_ALONE.has(event.key) || (event.key.length > 1 && !NAMED.has(event.key))) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.repeat) return;
    // Backspace in a field that has a key empties it; in an empty one it is the key.
    field.value = event.key === "Backspace" && field.value ? "" : event.key.toLowerCase();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }, true);
})();
