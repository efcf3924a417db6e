// Where the fields' values stand in the documents: faint for all, strong for the one with the focus,
// which is brought into view at once. A mark leads to its field, a field to its mark.
(() => {
  const { words } = window.countersign;
  const viewer = () => window.countersign.viewer;
  const root = () => document.querySelector("[data-viewer]");
  const form = () => document.getElementById("decision");
  let shown = null; // the field or cell whose evidence is in view

  const parse = (text) => { try { return JSON.parse(text); } catch { return []; } };

  // What a person took over stands for the field in place of what the model named.
  const placesOf = (element) => {
    if (!element) return [];
    const holder = element.matches(".cell") ? element.closest("td") : element.querySelector(":scope > .field-control");
    const taken = holder?.querySelector(":scope > [data-taken]");
    return parse(taken?.value || element.dataset.evidence || "[]");
  };

  const placeOf = (element) => placesOf(element)[0] ?? placesOf(element?.closest?.("[data-field]"))[0];
  const sheetOf = (place) => place.d ? document.querySelector(`#paper-${CSS.escape(place.d)} .sheet[data-page="${place.p}"]`) : null;
  const textOf = (place) => place.i ? document.querySelector(`.side-input [data-path="${CSS.escape(place.i)}"]`) : null;
  const nameOf = (element) => element.dataset.cell ?? element.dataset.field;

  const drawPlace = async (place, name, isStrong) => {
    const sheet = sheetOf(place);
    if (place.b && sheet) {
      const mark = words.rect(place.b, isStrong ? "mark mark-strong" : "mark", 20);
      mark.dataset.for = name;
      words.overlay(sheet)?.append(mark);
      return;
    }
    // In running text the words themselves are marked.
    const text = textOf(place);
    const surface = sheet ? await words.load(sheet) : text ? await words.inputSurface(text) : null;
    if (!surface) return;
    for (const word of surface.words) {
      if (!word.node || word.end <= place.s || word.start >= place.e) continue;
      word.node.classList.add("marked");
      word.node.classList.toggle("marked-strong", isStrong || word.node.classList.contains("marked-strong"));
      if (isStrong || !word.node.dataset.for) word.node.dataset.for = name;
    }
  };

  const draw = () => {
    if (!form()) return;
    for (const mark of document.querySelectorAll("svg.marks .mark, .mark-name")) mark.remove();
    for (const node of document.querySelectorAll(".word.marked")) {
      node.classList.remove("marked", "marked-strong");
      delete node.dataset.for;
    }
    const strong = [];
    for (const field of form().querySelectorAll("[data-field]")) {
      const isShown = field === shown || field.contains(shown);
      const cells = field.dataset.control === "table" && isShown ? [...field.querySelectorAll(".cell")] : [];
      for (const element of [field, ...cells]) {
        for (const place of placesOf(element)) {
          if (field.dataset.control === "table" && element === field && (cells.length || !isShown)) continue;
          if (element === shown) strong.push([place, nameOf(element)]);
          else drawPlace(place, nameOf(element), false);
        }
      }
    }
    for (const [place, name] of strong) drawPlace(place, name, true);
    if (strong.length) label(strong[0][0], shown);
  };

  // The name of the field stands at its mark.
  const label = (place, element) => {
    const face = place.b && sheetOf(place)?.querySelector(".sheet-face");
    if (!face) return;
    const name = document.createElement("span");
    name.className = "mark-name";
    name.ariaHidden = "true";
    name.textContent = element.closest("[data-field]").querySelector(".field-label [dir]").textContent;
    // Beside it, where paper is mostly bare; above it at the right border.
    const isBeside = place.b[2] < 8000;
    name.classList.toggle("mark-name-beside", isBeside);
    name.style.left = `${place.b[isBeside ? 2 : 0] / 100}%`;
    name.style.top = `${(isBeside ? (place.b[1] + place.b[3]) / 2 : place.b[1]) / 100}%`;
    face.append(name);
  };

  const rectOf = (place) => {
    const sheet = sheetOf(place);
    if (place.b && sheet) {
      const drawn = words.overlay(sheet);
      const probe = drawn.appendChild(words.rect(place.b, "probe", 20));
      const frame = probe.getBoundingClientRect();
      probe.remove();
      return frame;
    }
    const holder = sheet ?? textOf(place);
    const nodes = [...(holder?.querySelectorAll(".word") ?? [])].filter((node) => {
      const word = node.surface?.words.find((one) => one.node === node);
      return word && word.end > place.s && word.start < place.e;
    });
    return (nodes[0] ?? holder)?.getBoundingClientRect() ?? null;
  };

  const show = (place) => {
    if (!place) return;
    const text = textOf(place);
    if (!root()) { text?.scrollIntoView({ block: "nearest" }); return; }
    viewer().open(place.d ?? "input");
    const frame = viewer().room()?.clientWidth ? rectOf(place) : null;
    if (frame) viewer().scrollTo(frame);
  };

  const focusOn = (element) => {
    if (element !== shown) { shown = element; draw(); }
    const place = placeOf(element);
    show(place);
    window.countersign.fields.whenReleased(() => snippet(element.closest("[data-field]"), place));
  };

  // Where the document is not in sight (a narrow screen), what stands there is shown at the field.
  const snippet = (field, place) => {
    document.querySelectorAll(".snippet").forEach((one) => one.remove());
    const sheet = place?.b && sheetOf(place);
    if (!sheet || viewer().room()?.clientWidth) return;
    const [width, height] = [Number(sheet.dataset.width), Number(sheet.dataset.height)];
    const [left, top, right, bottom] = place.b.map((at, side) => (at / 10000) * (side % 2 ? height : width));
    const pad = Math.max(bottom - top, height * 0.012);
    const [wide, tall] = [Math.max(right - left + 4 * pad, width * 0.4), bottom - top + 2 * pad];
    const x = Math.min(Math.max(0, (left + right - wide) / 2), Math.max(0, width - wide));
    const make = (tag, attributes) => {
      const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      return element;
    };
    const picture = make("svg", { class: "snippet-picture", viewBox: `${x} ${top - pad} ${wide} ${tall}`, role: "img", "aria-label": "What stands there" });
    picture.append(make("image", { href: sheet.querySelector("img").getAttribute("src"), width, height, preserveAspectRatio: "none" }));
    picture.append(make("rect", { class: "mark mark-strong", x: left - 4, y: top - 4, width: right - left + 8, height: bottom - top + 8, rx: 4 }));
    const button = document.createElement("button");
    button.type = "button";
    button.className = "snippet";
    button.tabIndex = -1;
    button.dataset.showPage = "";
    button.append(picture);
    field.querySelector(".field-about").prepend(button);
  };

  // A click on the mark of another field leads there, unless somebody is typing: then they want words.
  const markUnder = (target) => {
    const name = target.dataset?.for;
    if (!name || document.activeElement?.matches("#decision :is(input[type=text], textarea)")) return null;
    const current = window.countersign.fields.current();
    return name.split(".")[0] === current?.dataset.field && !name.includes(".") ? null : target;
  };

  const ownerOf = (name) =>
    form()?.querySelector(name.includes(".") ? `[data-cell="${CSS.escape(name)}"]` : `[data-field="${CSS.escape(name)}"]`);

  const go = (mark) => {
    const owner = ownerOf(mark.dataset.for);
    if (!owner) return;
    window.countersign.viewer.side("decision");
    if (owner.matches(".cell")) owner.focus();
    else window.countersign.fields.focus(owner);
  };

  document.addEventListener("focusin", (event) => {
    const cell = event.target.matches?.("#decision .cell") ? event.target : null;
    const field = event.target.closest?.("#decision [data-field]");
    if (!field || (cell ?? field) === shown) return;
    focusOn(cell ?? field);
  });

  document.addEventListener("pointerover", (event) => {
    const mark = event.target.dataset?.for ? event.target : null;
    for (const field of document.querySelectorAll("[data-hinted]")) field.removeAttribute("data-hinted");
    if (mark && mark.closest("[data-viewer]")) ownerOf(mark.dataset.for)?.setAttribute("data-hinted", "");
    const field = event.target.closest?.("#decision [data-field]");
    for (const one of document.querySelectorAll("svg.marks .mark-hinted")) one.classList.remove("mark-hinted");
    if (field) for (const one of document.querySelectorAll(`svg.marks [data-for="${CSS.escape(field.dataset.field)}"]`)) one.classList.add("mark-hinted");
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-show-page]")) return;
    const place = placeOf(shown);
    viewer().side("input");
    show(place);
  });

  document.addEventListener("words:ready", (event) => { if (event.detail.words.some((word) => word.node)) draw(); });

  const setUp = () => {
    shown = null;
    const field = window.countersign.fields.current();
    draw();
    if (field) focusOn(field);
  };

  document.addEventListener("DOMContentLoaded", setUp);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "content" || event.target.id === "decision") setUp();
  });

  // Where the document comes into sight or leaves it, so does the excerpt at the field.
  addEventListener("resize", () => { if (shown?.isConnected) snippet(shown.closest("[data-field]"), placeOf(shown)); });

  window.countersign = { ...window.countersign, evidence: { draw, show, focusOn, placeOf, markUnder, go } };
})();
