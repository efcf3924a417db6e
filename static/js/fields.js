// The decision form: what differs from the model, where the focus starts, moving between fields.
// Tab stops at flagged fields (at all where none is flagged); the arrow keys reach every field.
(() => {
  const TEXT = "input[type=text], textarea, select";
  const { reading, diff } = window.countersign;
  let onlyFlagged = false;

  const form = () => document.getElementById("decision");
  const control = (field) => field.querySelector(`:scope > .field-control :is(${TEXT}):not(.cell)`);

  const valueOf = (field) => {
    const radio = field.querySelector("input[type=radio]");
    if (radio) return field.querySelector("input[type=radio]:checked")?.value ?? "";
    return control(field)?.value ?? "";
  };

  const plain = (text) => text.replaceAll("\r\n", "\n");
  const labelOf = (field, value) => {
    const radio = [...field.querySelectorAll("input[type=radio]")].find((one) => one.value === value);
    const option = [...field.querySelectorAll("select:not(.cell) option")].find((one) => one.value === value);
    return (radio?.nextElementSibling.querySelector("[dir]") ?? option)?.textContent ?? value;
  };

  const hasChanged = (field) =>
    field.dataset.control === "table"
      ? Boolean(field.querySelector("td[data-changed], tr[data-state=added], tr[data-state=removed]"))
      : plain(valueOf(field)) !== plain(field.dataset.model);

  const compareField = (field) => {
    const isChanged = hasChanged(field);
    field.toggleAttribute("data-changed", isChanged);
    const was = field.querySelector("[data-diff]");
    if (isChanged && was) {
      const isChoice = field.dataset.kind === "choice";
      const [before, after] = [field.dataset.model, valueOf(field)];
      if (isChoice || !before || !after) diff.draw(was, labelOf(field, before) || "nothing", labelOf(field, after) || "nothing");
      else diff.draw(was, plain(before), plain(after));
    }
    return isChanged;
  };

  const echo = (field) => {
    const typed = field.querySelector(".typed");
    if (!typed) return;
    const text = reading.echo(field.dataset.kind, typed.querySelector("input").value);
    let shown = typed.querySelector(".echo");
    if (!shown) {
      shown = document.createElement("span");
      shown.className = "echo";
      typed.querySelector("input").after(shown);
    }
    shown.textContent = text;
  };

  const compare = () => {
    let isChanged = false;
    for (const field of form().querySelectorAll("[data-field]")) {
      echo(field);
      if (field.hasAttribute("data-has-model")) isChanged = compareField(field) || isChanged;
    }
    form().toggleAttribute("data-changed", isChanged);
    for (const button of form().querySelectorAll("[data-when]")) {
      button.hidden = (button.dataset.when === "changed") !== isChanged;
    }
  };

  // A chosen radio takes the focus itself: letters mean nothing to it. Text waits for Enter, so
  // that the key for accepting is never typed into a field by mistake.
  const focus = (field) => {
    const radio = field.querySelector("input[type=radio]:checked") ?? field.querySelector("input[type=radio]");
    const isThere = field.contains(document.activeElement);
    (radio ?? field).focus({ preventScroll: true });
    if (isThere) window.countersign.evidence?.focusOn(field); // asked for again: shown again
    const { top, bottom } = field.getBoundingClientRect();
    const actions = document.getElementById("actions")?.getBoundingClientRect().top ?? innerHeight;
    const head = form().getBoundingClientRect().top < 60 ? 96 : 60;
    if (top < head || bottom > Math.min(actions, innerHeight)) field.scrollIntoView({ block: "center" });
  };

  // One stop a field: the chosen radio, or the frame of whatever is typed into.
  const stops = () => {
    for (const field of form().querySelectorAll("[data-field]")) {
      const radios = [...field.querySelectorAll("input[type=radio]")];
      const at = field.hasAttribute("data-stop") ? 0 : -1;
      field.tabIndex = radios.length ? -1 : at;
      for (const radio of radios) radio.tabIndex = at;
      const typed = control(field);
      if (typed) typed.tabIndex = -1;
    }
  };

  const show = () => {
    form().toggleAttribute("data-only-flagged", onlyFlagged);
    for (const button of form().querySelectorAll("[data-shows]")) {
      button.setAttribute("aria-pressed", String((button.dataset.shows === "flagged") === onlyFlagged));
    }
  };

  const begin = () => {
    const start = form()?.querySelector("[data-start]");
    if (!start) return;
    stops();
    show();
    compare();
    const wrong = start.hasAttribute("data-wrong") && control(start);
    if (wrong) wrong.focus();
    else focus(start);
  };

  const visible = () => [...form().querySelectorAll("[data-field]")].filter((field) => field.getClientRects().length);
  const current = () => document.activeElement?.closest?.("[data-field]");

  const move = (step) => {
    const all = visible();
    const flagged = all.filter((field) => field.matches("[data-flagged], [data-wrong]"));
    const among = flagged.length ? flagged : all;
    const here = all.indexOf(current());
    const places = among.map((field) => all.indexOf(field));
    const next = step > 0 ? places.find((at) => at > here) : places.findLast((at) => at < here);
    focus(all[next ?? (step > 0 ? places[0] : places.at(-1))]);
  };

  const moveByOne = (step) => {
    const all = visible();
    const next = all[all.indexOf(current()) + step];
    if (next) focus(next);
  };

  // What comes after a field that was typed into: the next flagged one, and after the last the verdict.
  const advance = () => {
    const all = visible();
    const here = all.indexOf(current());
    const next = all.find((field, at) => at > here && field.matches("[data-flagged], [data-wrong]"));
    if (next) focus(next);
    else form().querySelector("[data-main]:not([hidden])")?.focus();
  };

  const enter = (field) => {
    const typed = field.querySelector(".cell:not(:disabled)") ?? control(field) ?? field.querySelector("[data-add-line]");
    typed?.focus();
    if (typed?.matches("input")) typed.select();
  };

  const set = (field, value) => {
    const radio = [...field.querySelectorAll("input[type=radio]")].find((one) => one.value === value);
    const target = radio ?? control(field);
    if (!target) return;
    if (radio) radio.checked = true;
    else target.value = value;
    target.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // What unfolds at the field with the focus moves what is below. Under a pressed pointer nothing may
  // move, or the press ends on something else than it began on: it waits for the pointer.
  let isPressed = false;
  let waiting = [];
  const whenReleased = (act) => { if (isPressed) waiting.push(act); else act(); };
  addEventListener("pointerdown", () => { isPressed = true; }, { capture: true });
  for (const kind of ["pointerup", "pointercancel"]) {
    addEventListener(kind, () => {
      isPressed = false;
      const acts = waiting;
      waiting = [];
      setTimeout(() => acts.forEach((act) => act())); // behind the click
    }, { capture: true });
  }

  document.addEventListener("focusin", (event) => {
    const field = event.target.closest?.("#decision [data-field]");
    if (!field) return;
    whenReleased(() => {
      for (const one of form()?.querySelectorAll("[data-current]") ?? []) if (one !== field) one.removeAttribute("data-current");
      field.setAttribute("data-current", "");
    });
  });

  document.addEventListener("input", (event) => {
    if (event.target.closest("#decision")) compare();
  });

  // Typed days and amounts are turned into what the field wants, as soon as they are left.
  document.addEventListener("change", (event) => {
    const day = event.target.closest(".pick-day");
    if (day) return set(day.closest("[data-field]"), event.target.value);
    const kind = event.target.dataset.kind ?? event.target.closest("[data-field]")?.dataset.kind;
    if (!event.target.closest("#decision") || !event.target.matches("input[type=text]") || !["date", "amount", "integer"].includes(kind)) return;
    const read = reading.read(kind, event.target.value);
    if (read === null || read === event.target.value) return;
    event.target.value = read;
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
  });

  document.addEventListener("click", (event) => {
    const shows = event.target.closest("[data-shows]");
    if (shows) {
      // The key of the second button goes to and fro.
      onlyFlagged = shows.dataset.shows === "flagged" && !onlyFlagged;
      show();
      if (!current()?.getClientRects().length) move(1);
    }
    const field = event.target.closest("#decision [data-field]");
    if (!field) return;
    if (event.target.closest("[data-restore]")) { set(field, field.dataset.model); focus(field); }
    const said = event.target.closest("[data-said]");
    if (said) { set(field, said.dataset.said); focus(field); }
    if (event.target.closest("[data-pick-day]")) {
      const picker = field.querySelector(".pick-day input");
      picker.value = valueOf(field);
      picker.showPicker();
    }
  });

  const meaning = (key) => window.countersign.meaning?.(key) ?? key;

  document.addEventListener("keydown", (event) => {
    if (!form() || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const field = event.target.closest?.("#decision [data-field]");
    const isText = event.target.matches?.(TEXT);
    const isCell = event.target.matches?.(".cell");
    if (event.key === "Enter" && event.repeat && event.target.closest?.("#decision")) {
      event.preventDefault(); // a key held down neither wanders through the fields nor decides
    } else if (event.key === "Escape" && field && isText) {
      event.preventDefault();
      field.focus();
    } else if (isCell) {
      return;
    } else if (event.key === "Enter" && isText && field && !event.target.matches("textarea")) {
      event.preventDefault();
      event.target.dispatchEvent(new Event("change", { bubbles: true }));
      advance();
    } else if (isText && event.target.matches("input") && field && /^Arrow(Up|Down)$/.test(event.key)) {
      event.preventDefault();
      moveByOne(event.key === "ArrowDown" ? 1 : -1);
    } else if (isText) {
      return;
    } else if (event.key === "Enter" && field === event.target) {
      event.preventDefault();
      enter(field);
    } else if (event.key === "Enter" && event.target.matches?.("[data-field] input[type=radio]")) {
      event.preventDefault(); // would press the first button of the form
      advance();
    } else if (field === event.target && field && /^Arrow(Up|Down)$/.test(event.key)) {
      event.preventDefault();
      moveByOne(event.key === "ArrowDown" ? 1 : -1);
    } else if (["n", "p"].includes(meaning(event.key)) && event.target.matches?.("body, main, #decision *, [data-viewer] *")) {
      event.preventDefault();
      move(meaning(event.key) === "n" ? 1 : -1);
    } else if (/^[1-9]$/.test(event.key) && field && !event.repeat) {
      const radio = field.querySelector(`input[data-digit="${event.key}"]`);
      if (!radio) return;
      event.preventDefault();
      radio.checked = true;
      radio.focus();
      radio.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });

  document.addEventListener("DOMContentLoaded", begin);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "content" || event.target.id === "decision") begin();
  });

  window.countersign = { ...window.countersign, fields: { current, focus, set, control, compare, whenReleased } };
})();
