// Takes words of the document over into the field with the focus, as what the field is, and notes
// where they stood.
(() => {
  const REACH = 6; // words on a line that may make up one day, amount or code
  const SAID_MS = 4000;
  const { reading, fields } = window.countersign;
  let last = null; // the field or cell that had the focus last
  let taken = null; // {surface, words} of the last time, to add to
  let timer = 0;

  const ARTICLE = { date: "a date", amount: "a number", integer: "a whole number", choice: "one of the choices" };

  const target = () => (last?.isConnected ? last : null);
  const isReady = () => target() !== null;
  const back = () => {
    const to = target();
    if (!to) return;
    if (to.matches(".cell")) to.focus();
    else fields.focus(to);
  };

  document.addEventListener("focusin", (event) => {
    const cell = event.target.matches?.("#decision .cell") ? event.target : null;
    const field = event.target.closest?.("#decision [data-field]");
    if (cell ?? field) { last = cell ?? field; taken = null; }
  });

  const say = (text) => {
    const to = target();
    const place = to?.closest("[data-field]")?.querySelector(".field-about");
    document.querySelectorAll(".field-take").forEach((one) => one.remove());
    clearTimeout(timer);
    if (!place) return;
    const line = document.createElement("p");
    line.className = "field-take";
    line.setAttribute("role", "status");
    place.prepend(line);
    line.textContent = text;
    timer = setTimeout(() => line.remove(), SAID_MS);
  };

  const joined = (words, isLong) =>
    words.reduce((text, word, at) => text + (at === 0 ? "" : isLong && word.line !== words[at - 1].line ? "\n" : " ") + word.text, "");

  // Pages with 03/14/2026 on them mean the month first everywhere.
  const isMonthFirst = (surface) => {
    surface.monthFirst ??= /\b(0?\d|1[0-2])\/(1[3-9]|2\d|3[01])\/\d{2,4}\b/.test(surface.text) && !/\b(1[3-9]|2\d|3[01])\/\d{1,2}\/\d{2,4}\b/.test(surface.text);
    return surface.monthFirst;
  };

  const optionsOf = (element) => {
    const options = element.matches(".cell")
      ? [...element.options].map((one) => [one.value, one.textContent])
      : [...element.querySelectorAll("input[type=radio]")].map((one) => [one.value, one.nextElementSibling.querySelector("[dir]").textContent])
        .concat([...element.querySelectorAll("select:not(.cell) option")].map((one) => [one.value, one.textContent]));
    return options.filter(([value]) => value);
  };

  const readAs = (kind, words, surface, element) => {
    const text = joined(words, element.dataset.control === "area");
    if (kind === "choice") return reading.choice(text, optionsOf(element));
    return reading.read(kind, text, { monthFirst: isMonthFirst(surface) });
  };

  // One word of a day or a code stands for all of it: the longest run around it on its line that
  // can be read, days and amounts no further than they make sense.
  const widened = (kind, word, surface, element) => {
    if (!["date", "amount", "code"].includes(kind)) return [word];
    const line = surface.words.filter((one) => one.line === word.line);
    const at = line.indexOf(word);
    let best = readAs(kind, [word], surface, element) === null ? null : [word];
    const fits = (words) =>
      kind === "code"
        ? words.every((one) => /^[A-Z0-9]{1,34}$/.test(one.text)) && /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(words.map((one) => one.text).join(""))
        : kind === "amount"
          ? words.every((one) => /^[\d.,'’\s\p{Sc}-]+$/u.test(one.text)) && words.slice(1).every((one) => /^\d{3}([.,]\d+)?$/.test(one.text))
          : true;
    for (let size = 2; size <= (kind === "code" ? 9 : REACH); size++) {
      for (let from = Math.max(0, at - size + 1); from <= at && from + size <= line.length; from++) {
        const run = line.slice(from, from + size);
        if (fits(run) && readAs(kind, run, surface, element) !== null) best = run;
      }
    }
    return best ?? [word];
  };

  const note = (element, places) => {
    const holder = element.matches(".cell") ? element.closest("td") : element.querySelector(":scope > .field-control");
    let input = holder.querySelector(":scope > [data-taken]");
    if (!input) {
      input = document.createElement("input");
      input.type = "hidden";
      input.name = `evidence.${element.dataset.cell ?? element.dataset.field}`;
      input.setAttribute("data-taken", "");
      holder.append(input);
    }
    input.value = JSON.stringify(places);
  };

  const put = (element, value) => {
    if (!element.matches(".cell")) { fields.set(element, value); return; }
    element.value = value;
    element.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const take = (surface, words, place, placing = null) => {
    const element = target();
    if (!element) return;
    if (element.dataset.control === "table") { say("Go to a cell of the table first."); return; }
    const kind = element.dataset.kind;
    const run = words.length === 1 && !placing ? widened(kind, words[0], surface, element) : words;
    const value = readAs(kind, run, surface, element);
    const text = joined(run, false);
    if (value === null) { say(`“${text}” is not ${ARTICLE[kind] ?? "readable here"}.`); return; }
    const where = run === words ? place : window.countersign.words.placeOf(surface, run);
    note(element, [where]);
    put(element, value);
    taken = { surface, words: run };
    window.countersign.evidence.draw();
    say(value === text ? `Taken over: ${text}` : `Taken over: ${text}, read as ${reading.echo(kind, value) || value}`);
  };

  // With Shift a further word joins what was taken before.
  const takeMore = (surface, word, placing) => {
    const before = taken?.surface === surface ? taken.words : [];
    const order = surface.words;
    const all = [...new Set([...before, word])].sort((one, other) => order.indexOf(one) - order.indexOf(other));
    take(surface, all, placing(all), placing);
  };

  // What is back at the model's value has the model's evidence again.
  document.addEventListener("input", (event) => {
    const cell = event.target.matches?.("#decision .cell") ? event.target : null;
    const field = event.target.closest?.("#decision [data-field]");
    const element = cell ?? field;
    if (!element || field.dataset.control === "table" !== Boolean(cell)) return;
    const holder = cell ? cell.closest("td") : field.querySelector(":scope > .field-control");
    const input = holder.querySelector(":scope > [data-taken]");
    if (!input) return;
    const value = cell ? cell.value : (fields.control(field)?.value ?? field.querySelector("input[type=radio]:checked")?.value ?? "");
    if (value !== "" && !(element.hasAttribute("data-model") && field.hasAttribute("data-has-model") && value === element.dataset.model)) return;
    input.remove();
    window.countersign.evidence.draw();
  });

  document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "content") taken = null; });

  window.countersign = { ...window.countersign, take, takeMore, taking: { target, isReady, back, say } };
})();
