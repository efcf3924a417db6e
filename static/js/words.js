// The words of documents and of what was handed in, wherever they are drawn: on a page's picture, in
// a page of text, in a text of the input. What is chosen among them goes to countersign.take.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const pages = new WeakMap(); // sheet or text -> promise of its surface

  const viewer = () => window.countersign.viewer;
  const root = () => document.querySelector("[data-viewer]");

  const make = (tag, attributes) => {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };

  // The drawing over a page's picture, in ten-thousandths of the upright page.
  const overlay = (sheet) => {
    const face = sheet.querySelector(".sheet-face");
    if (!face) return null;
    let drawn = face.querySelector("svg.marks");
    if (!drawn) {
      drawn = make("svg", { class: "marks", viewBox: "0 0 10000 10000", preserveAspectRatio: "none", "aria-hidden": "true" });
      face.append(drawn);
    }
    return drawn;
  };

  const rect = ([left, top, right, bottom], name, pad = 0) =>
    make("rect", { class: name, x: left - pad, y: top - pad, width: right - left + 2 * pad, height: bottom - top + 2 * pad, rx: 20 });

  const wordsIn = (element, text, starts) => {
    const words = starts.map(([start, end, line]) => {
      const node = document.createElement("span");
      node.className = "word";
      node.textContent = text.slice(start, end);
      return { text: node.textContent, start, end, line, node };
    });
    const parts = [];
    let at = 0;
    for (const word of words) {
      if (word.start < at) continue;
      parts.push(text.slice(at, word.start), word.node);
      at = word.end;
    }
    element.replaceChildren(...parts, text.slice(at));
    return words;
  };

  const split = (text) => {
    let line = 0;
    let at = 0;
    return [...text.matchAll(/\S+/g)].map((match) => {
      line += text.slice(at, match.index).split("\n").length - 1;
      at = match.index;
      return [match.index, match.index + match[0].length, line];
    });
  };

  const load = (sheet) => {
    if (!pages.has(sheet)) pages.set(sheet, read(sheet).catch(() => { pages.delete(sheet); failed(sheet); return null; }));
    return pages.get(sheet);
  };

  const failed = (sheet) => {
    const print = sheet.querySelector("[data-print]");
    if (print) { print.textContent = "This page could not be loaded."; sheet.removeAttribute("aria-busy"); }
  };

  const read = async (sheet) => {
    const answer = await fetch(sheet.dataset.words, { headers: { Accept: "application/json" }, redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    const { text, words } = await answer.json();
    const document_ = sheet.closest("[data-document]").dataset.document;
    const page = Number(sheet.dataset.page);
    const surface = { element: sheet, sheet, document: document_, page, text };
    const print = sheet.querySelector("[data-print]");
    if (print) {
      surface.words = wordsIn(print, text, words.length ? words : split(text));
      sheet.removeAttribute("aria-busy");
    } else {
      surface.words = words.map(([start, end, line, ...box]) => ({ text: text.slice(start, end), start, end, line, box: box.length ? box : null }));
    }
    for (const word of surface.words) if (word.node) word.node.surface = surface;
    document.dispatchEvent(new CustomEvent("words:ready", { detail: surface }));
    return surface;
  };

  // A text of the input: its words are found when somebody first points at it.
  const inputSurface = (element) => {
    if (!pages.has(element)) {
      const text = element.textContent;
      const surface = { element, path: element.dataset.path, text };
      surface.words = wordsIn(element, text, split(text));
      for (const word of surface.words) word.node.surface = surface;
      pages.set(element, Promise.resolve(surface));
    }
    return pages.get(element);
  };

  const placeOf = (surface, words) => {
    if (surface.path) return { i: surface.path, s: words[0].start, e: words.at(-1).end };
    const boxes = words.map((word) => word.box).filter(Boolean);
    if (!boxes.length) return { d: surface.document, p: surface.page, s: words[0].start, e: words.at(-1).end };
    const side = (at, pick) => pick(...boxes.map((box) => box[at]));
    return { d: surface.document, p: surface.page, b: [side(0, Math.min), side(1, Math.min), side(2, Math.max), side(3, Math.max)] };
  };

  const take = (surface, words) => {
    if (words.length) window.countersign.take(surface, words, placeOf(surface, words));
  };

  // Where on the upright page a point of the window lies, whichever way the page is turned.
  const point = (sheet, x, y) => {
    const face = sheet.querySelector(".sheet-face");
    const frame = face.getBoundingClientRect();
    const [across, down] = [(x - frame.left) / frame.width, (y - frame.top) / frame.height];
    const [u, v] = { 0: [across, down], 90: [down, 1 - across], 180: [1 - across, 1 - down], 270: [1 - down, across] }[sheet.dataset.turn ?? 0];
    return [u * 10000, v * 10000];
  };

  const wordAt = (surface, x, y) => {
    if (!surface) return null;
    if (!surface.sheet || !surface.sheet.querySelector(".sheet-face")) {
      const node = document.elementFromPoint(x, y)?.closest(".word");
      return node?.surface === surface ? surface.words.find((word) => word.node === node) : null;
    }
    const [u, v] = point(surface.sheet, x, y);
    const near = 25; // words touch one another less than fingers do
    return surface.words.find(({ box }) => box && u >= box[0] - near && u <= box[2] + near && v >= box[1] - near && v <= box[3] + near) ?? null;
  };

  // Words of which the middle lies in a box.
  const wordsWithin = (surface, [left, top, right, bottom]) =>
    surface.words.filter(({ box }) => {
      if (!box) return false;
      const [x, y] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
      return x >= left && x <= right && y >= top && y <= bottom;
    });

  const clear = (name) => root()?.querySelectorAll(`svg .${name}`).forEach((one) => one.remove());

  // Pages of text are fetched when they come near; words of pictures when somebody points at them
  // or the page has been in view for a moment.
  const setUp = () => {
    const near = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) { near.unobserve(target); load(target); }
    }, { rootMargin: "400px" });
    for (const sheet of root()?.querySelectorAll(".sheet-text") ?? []) near.observe(sheet);
    const task = document.querySelector("main[data-task]");
    setTimeout(() => {
      if (task?.isConnected && root()) { const sheet = viewer().here(); if (sheet) load(sheet); }
    }, 300);
  };

  document.addEventListener("DOMContentLoaded", setUp);
  document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "content") setUp(); });

  window.countersign = {
    ...window.countersign,
    words: { load, loaded: (element) => pages.get(element), inputSurface, overlay, rect, clear, placeOf, take, point, wordAt, wordsWithin },
  };
})();
