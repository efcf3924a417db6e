// Mentioning somebody: an @ in a note offers the people who may see the item.
(() => {
  const NAME = /(^|[^\w@])@([\w.+-]{0,60})$/;
  let asked = 0;

  const listOf = (area) => area.closest(".mentioning")?.querySelector(".mention-list");
  const options = (list) => [...list.querySelectorAll("[data-name]")];

  const close = (area) => {
    const list = listOf(area);
    if (!list) return;
    list.hidden = true;
    list.replaceChildren();
    area.removeAttribute("aria-activedescendant");
  };

  const choose = (area, option) => {
    const before = area.value.slice(0, area.selectionStart);
    const after = area.value.slice(area.selectionStart);
    const start = before.replace(NAME, (_, sign) => `${sign}@${option.dataset.name} `);
    area.value = start + after;
    area.setSelectionRange(start.length, start.length);
    close(area);
    area.focus();
  };

  const mark = (area, list, step) => {
    const all = options(list);
    const at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
    const next = all[(at + step + all.length) % all.length];
    for (const one of all) one.setAttribute("aria-selected", String(one === next));
    area.setAttribute("aria-activedescendant", next.id);
  };

  document.addEventListener("input", async (event) => {
    const area = event.target;
    if (!area.matches?.("[data-mentions]")) return;
    const typed = NAME.exec(area.value.slice(0, area.selectionStart));
    if (!typed) { close(area); return; }
    const turn = ++asked;
    const answer = await fetch(`${area.dataset.mentions}?q=${encodeURIComponent(typed[2])}`).catch(() => null);
    if (!answer?.ok || turn !== asked) return;
    const list = listOf(area);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    list.replaceChildren(...page.body.children);
    list.hidden = false;
  });

  document.addEventListener("keydown", (event) => {
    const area = event.target;
    if (!area.matches?.("[data-mentions]")) return;
    const list = listOf(area);
    if (!list || list.hidden) return;
    if (event.key === "Escape") { close(area); event.preventDefault(); return; }
    if (!options(list).length) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      mark(area, list, event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
    } else if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.metaKey) {
      choose(area, list.querySelector('[aria-selected="true"]') ?? options(list)[0]);
      event.preventDefault();
    }
  }, true);

  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest?.(".mention-list [data-name]");
    if (!option) return;
    event.preventDefault();
    choose(option.closest(".mentioning").querySelector("[data-mentions]"), option);
  });
})();
