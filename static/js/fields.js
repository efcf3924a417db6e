// The decision form: what differs from the model, where the focus starts, moving between fields.
(() => {
  const TEXT = "input[type=text], textarea, select";

  const valueOf = (field) => {
    const radio = field.querySelector("input[type=radio]");
    if (radio) return field.querySelector("input[type=radio]:checked")?.value ?? "";
    return field.querySelector(TEXT)?.value ?? "";
  };

  const plain = (text) => text.replaceAll("\r\n", "\n");

  const compare = (form) => {
    let isChanged = false;
    for (const field of form.querySelectorAll("[data-has-model]")) {
      const differs = plain(valueOf(field)) !== plain(field.dataset.model);
      field.toggleAttribute("data-changed", differs);
      isChanged ||= differs;
    }
    form.toggleAttribute("data-changed", isChanged);
    for (const button of form.querySelectorAll("[data-when]")) {
      button.hidden = (button.dataset.when === "changed") !== isChanged;
    }
  };

  // A chosen radio takes the focus itself: letters mean nothing to it. Text waits for Enter, so
  // that the key for accepting is never typed into a field by mistake.
  const focus = (field) => {
    const radio = field.querySelector("input[type=radio]:checked") ?? field.querySelector("input[type=radio]");
    (radio ?? field).focus({ preventScroll: true });
    const { top, bottom } = field.getBoundingClientRect();
    const actions = document.getElementById("actions")?.getBoundingClientRect().top ?? innerHeight;
    if (top < 60 || bottom > Math.min(actions, innerHeight)) field.scrollIntoView({ block: "center" });
  };

  const form = () => document.getElementById("decision");

  const begin = () => {
    const start = form()?.querySelector("[data-start]");
    if (!start) return;
    compare(form());
    const wrong = start.hasAttribute("data-wrong") && start.querySelector(TEXT);
    if (wrong) wrong.focus();
    else focus(start);
  };

  const move = (step) => {
    const all = [...form().querySelectorAll("[data-field]")];
    const flagged = all.filter((field) => field.matches("[data-flagged], [data-wrong]"));
    const among = flagged.length ? flagged : all;
    const here = all.indexOf(document.activeElement?.closest("[data-field]"));
    const places = among.map((field) => all.indexOf(field));
    const next = step > 0 ? places.find((at) => at > here) : places.findLast((at) => at < here);
    focus(all[next ?? (step > 0 ? places[0] : places.at(-1))]);
  };

  document.addEventListener("input", (event) => {
    if (event.target.closest("#decision")) compare(form());
  });

  document.addEventListener("keydown", (event) => {
    if (!form() || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const field = event.target.closest?.("[data-field]");
    const isText = event.target.matches?.(TEXT);
    if (event.key === "Escape" && field && isText) {
      event.preventDefault();
      field.focus();
    } else if (isText) {
      return;
    } else if (event.key === "Enter" && field === event.target) {
      event.preventDefault();
      field.querySelector(TEXT)?.focus();
    } else if (event.key === "Enter" && event.target.matches?.("[data-field] input[type=radio]")) {
      event.preventDefault(); // would press the first button of the form
    } else if ((event.key === "n" || event.key === "p") && event.target.matches?.("body, main, #decision *")) {
      event.preventDefault();
      move(event.key === "n" ? 1 : -1);
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
})();
