// A field whose value is a table: rows added and taken out, changed cells marked, sums kept in view.
(() => {
  const cellsOf = (row) => [...row.querySelectorAll(".cell")];
  const rowsOf = (lines) => [...lines.querySelectorAll("tbody tr")];
  const alive = (row) => row.dataset.state !== "removed";
  const number = (text) => (/^-?\d+(\.\d+)?$/.test(text.trim()) ? text.trim() : null);

  // Sums in whole units of the smallest place, so that cents never drift.
  const sum = (texts) => {
    const places = Math.max(0, ...texts.map((text) => text.split(".")[1]?.length ?? 0));
    const units = texts.reduce((all, text) => {
      const [whole, rest = ""] = text.replace("-", "").split(".");
      const value = BigInt(whole + rest.padEnd(places, "0"));
      return text.startsWith("-") ? all - value : all + value;
    }, 0n);
    return { units, places };
  };

  const written = ({ units, places }) => {
    const digits = String(units < 0n ? -units : units).padStart(places + 1, "0");
    const whole = Number(digits.slice(0, digits.length - places)).toLocaleString("en");
    return (units < 0n ? "−" : "") + whole + (places ? `.${digits.slice(-places)}` : "");
  };

  const total = (lines, row) => {
    const cells = rowsOf(lines).filter(alive).map((line) => line.querySelector(`[data-cell$=".${row.dataset.total}"]`));
    const filled = cells.map((cell) => number(cell.value)).filter((text) => text !== null);
    row.querySelector("[data-sum]").textContent = written(sum(filled.length ? filled : ["0.00"]));
    const against = row.querySelector("[data-difference]");
    const target = lines.closest("form").querySelector(`[name="output.${row.dataset.against}"]`);
    const wanted = number(target?.value ?? "");
    if (wanted === null) { against.textContent = ""; delete row.dataset.holds; return; }
    const gap = sum([...filled, wanted.startsWith("-") ? wanted.slice(1) : `-${wanted}`]);
    const size = { ...gap, units: gap.units < 0n ? -gap.units : gap.units };
    const holds = Number(size.units) / 10 ** size.places <= Number(row.dataset.tolerance) + 1e-9;
    row.dataset.holds = holds;
    const name = against.dataset.difference;
    against.textContent = holds ? `agrees with ${name}` : `${written(size)} ${gap.units > 0n ? "more" : "less"} than ${name}`;
  };

  const mark = (cell) => {
    const row = cell.closest("tr");
    const isChanged = row.dataset.state === "same" && cell.hasAttribute("data-model") && cell.value !== cell.dataset.model &&
      cell.closest("[data-field]").hasAttribute("data-has-model");
    const place = cell.closest("td");
    place.toggleAttribute("data-changed", isChanged);
    let was = place.querySelector(".cell-was");
    if (isChanged && !was) {
      was = document.createElement("del");
      was.className = "cell-was";
      place.append(was);
    }
    if (was) {
      was.hidden = !isChanged;
      was.textContent = cell.dataset.model || "nothing";
    }
  };

  const draw = (lines) => {
    const rows = rowsOf(lines);
    let place = 0;
    for (const row of rows) {
      row.querySelector("[data-place]").textContent = alive(row) ? String(++place) : "−";
      cellsOf(row).forEach(mark);
    }
    lines.querySelector(".lines-empty").hidden = rows.length > 0;
    if (rows.length) lines.querySelector("[data-lines-mark]").value = "given";
    for (const row of lines.querySelectorAll("[data-total]")) total(lines, row);
    reach(lines);
  };

  // What scrolls sideways must be reachable by keys; what does not is no stop.
  const reach = (lines) => {
    const wrap = lines.querySelector(".lines-wrap");
    if (wrap.scrollWidth > wrap.clientWidth) {
      wrap.tabIndex = 0;
      wrap.setAttribute("role", "region");
      wrap.setAttribute("aria-label", lines.closest("[data-field]").querySelector(".field-label [dir]").textContent);
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) wrap.removeAttribute(name);
    }
  };

  const drawAll = () => document.querySelectorAll("[data-lines]").forEach(draw);

  const tell = (lines) => {
    draw(lines);
    lines.querySelector("[data-lines-mark]").dispatchEvent(new Event("input", { bubbles: true }));
  };

  const add = (lines, after = null) => {
    const row = lines.querySelector("template").content.firstElementChild.cloneNode(true);
    const next = Math.max(-1, Number(row.dataset.line) - 1, ...rowsOf(lines).map((one) => Number(one.dataset.line))) + 1;
    const old = `${lines.dataset.lines}.${row.dataset.line}.`;
    for (const cell of cellsOf(row)) {
      cell.name = cell.name.replace(old, `${lines.dataset.lines}.${next}.`);
      cell.dataset.cell = cell.dataset.cell.replace(old, `${lines.dataset.lines}.${next}.`);
    }
    row.dataset.line = next;
    row.dataset.state = lines.closest("[data-field]").hasAttribute("data-has-model") ? "added" : "same";
    if (after) after.after(row);
    else lines.querySelector("tbody").append(row);
    tell(lines);
    enter(row);
    return row;
  };

  const drop = (row) => {
    const lines = row.closest("[data-lines]");
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    if (row.dataset.state === "same" && lines.closest("[data-field]").hasAttribute("data-has-model")) {
      row.dataset.state = "removed";
      for (const cell of row.querySelectorAll("input, select")) cell.disabled = true;
    } else {
      row.remove();
    }
    tell(lines);
    if (neighbour && alive(neighbour)) cellsOf(neighbour)[0].focus();
    else lines.closest("[data-field]").focus();
  };

  const restore = (row) => {
    row.dataset.state = "same";
    for (const cell of row.querySelectorAll("input, select")) cell.disabled = false;
    tell(row.closest("[data-lines]"));
    enter(row);
  };

  const enter = (row) => {
    const cell = cellsOf(row)[0];
    cell?.focus();
    if (cell?.matches("input")) cell.select();
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest("#decision");
    if (!form) return;
    for (const lines of form.querySelectorAll("[data-lines]")) draw(lines);
  }, { capture: true });

  document.addEventListener("click", (event) => {
    const lines = event.target.closest("[data-lines]");
    if (!lines) return;
    if (event.target.closest("[data-add-line]")) add(lines);
    else if (event.target.closest("[data-drop-line]")) drop(event.target.closest("tr"));
    else if (event.target.closest("[data-restore-line]")) restore(event.target.closest("tr"));
  });

  // Inside the table Tab goes from cell to cell; it leaves at the ends.
  const step = (cell, by) => {
    const all = rowsOf(cell.closest("[data-lines]")).filter(alive).flatMap(cellsOf);
    return all[all.indexOf(cell) + by];
  };

  const below = (cell, by) => {
    const rows = rowsOf(cell.closest("[data-lines]")).filter(alive);
    const row = rows[rows.indexOf(cell.closest("tr")) + by];
    return row && cellsOf(row)[cellsOf(cell.closest("tr")).indexOf(cell)];
  };

  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.(".cell") || event.isComposing) return;
    const isVertical = /^Arrow(Up|Down)$/.test(event.key) && event.target.matches("input");
    let to = null;
    if (event.key === "Tab" && !event.altKey && !event.ctrlKey) to = step(event.target, event.shiftKey ? -1 : 1);
    else if ((event.ctrlKey || event.metaKey) && (event.key === "Delete" || event.key === "Backspace")) {
      event.preventDefault();
      if (!event.repeat) drop(event.target.closest("tr"));
      return;
    } else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (isVertical) to = below(event.target, event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter") {
      event.preventDefault();
      if (event.repeat) return;
      event.target.dispatchEvent(new Event("change", { bubbles: true }));
      to = below(event.target, 1);
      if (!to) { add(event.target.closest("[data-lines]"), event.target.closest("tr")); return; }
    } else return;
    if (!to) return;
    event.preventDefault();
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
    to.focus();
    if (to.matches("input")) to.select();
  });

  addEventListener("resize", () => document.querySelectorAll("[data-lines]").forEach(reach));
  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "content" || event.target.id === "decision") drawAll();
  });
})();
