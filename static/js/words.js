// The words of a document under the pointer and the arrow keys: hover, click, drag, find, walk.
// What is chosen is handed on as countersign.take(words, places); taking.js knows what to do with it.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const DRAG = 5; // pixels before a press becomes a drag
  const MOST_FOUND = 500;
  const pages = new WeakMap(); // sheet -> promise of its surface
  const { reading } = window.countersign;
  let cursor = null; // {surface, from, to}: the words that the keys walk through
  let press = null;
  let found = [];

  const viewer = () => window.countersign.viewer;
  const root = () => document.querySelector("[data-viewer]");

  // --- surfaces: a page with a picture, a page of text, a text of what was handed in

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

  const surfaceAt = (target) => {
    const sheet = target.closest?.(".sheet");
    if (sheet) return load(sheet);
    const text = target.closest?.(".side-input [data-path]");
    return text ? inputSurface(text) : null;
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

  // --- geometry

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

  // --- the pointer

  const clear = (name) => root()?.querySelectorAll(`svg .${name}`).forEach((one) => one.remove());

  const lasso = () => {
    const [u, v] = point(press.sheet, press.x, press.y);
    const [s, t] = point(press.sheet, press.nowX, press.nowY);
    return [Math.min(u, s), Math.min(v, t), Math.max(u, s), Math.max(v, t)];
  };

  document.addEventListener("pointerdown", (event) => {
    const sheet = event.target.closest?.("[data-viewer] .sheet");
    if (!sheet || event.target.closest("button, a")) return;
    if (event.button === 1 || (event.button === 0 && root().hasAttribute("data-panning"))) {
      event.preventDefault();
      press = { pan: viewer().room(), x: event.clientX, y: event.clientY };
      return;
    }
    if (event.button !== 0) return;
    const isTouch = event.pointerType === "touch" && !root().hasAttribute("data-lassoing");
    if (!isTouch) event.preventDefault(); // the field keeps the focus
    press = { sheet, id: event.pointerId, x: event.clientX, y: event.clientY, nowX: event.clientX, nowY: event.clientY, isTouch, target: event.target, isAdding: event.shiftKey };
    load(sheet);
  });

  document.addEventListener("pointermove", (event) => {
    if (press?.pan) {
      press.pan.scrollBy({ left: press.x - event.clientX, top: press.y - event.clientY, behavior: "instant" });
      [press.x, press.y] = [event.clientX, event.clientY];
      return;
    }
    if (!press) { hover(event); return; }
    if (press.id !== event.pointerId) return;
    [press.nowX, press.nowY] = [event.clientX, event.clientY];
    const isFar = Math.hypot(press.nowX - press.x, press.nowY - press.y) > DRAG;
    if (isFar && press.isTouch) { press = null; return; } // a finger scrolls
    press.isDrag ||= isFar;
    if (!press.isDrag || !press.sheet.querySelector(".sheet-face")) return;
    clear("lasso");
    overlay(press.sheet).append(rect(lasso(), "lasso"));
  });

  document.addEventListener("pointerup", async (event) => {
    const done = press;
    if (!done || done.pan) { press = null; return; }
    if (done.id !== event.pointerId) return;
    const box = done.isDrag && done.sheet.querySelector(".sheet-face") ? lasso() : null;
    press = null;
    clear("lasso");
    const surface = await load(done.sheet);
    if (!surface) return;
    if (done.isDrag) {
      const words = box ? wordsWithin(surface, box) : between(surface, done, event);
      if (words.length) take(surface, words);
      else window.countersign.taking?.say("There are no words there.");
      return;
    }
    const mark = window.countersign.evidence?.markUnder(done.target);
    if (mark) { window.countersign.evidence.go(mark); return; }
    const word = wordAt(surface, event.clientX, event.clientY);
    if (!word) return;
    if (done.isAdding) window.countersign.takeMore(surface, word, (words) => placeOf(surface, words));
    else take(surface, [word]);
  });

  document.addEventListener("pointercancel", () => { press = null; clear("lasso"); });

  // In running text a drag takes the words from where it began to where it ended.
  const between = (surface, from, to) => {
    const [first, last] = [wordAt(surface, from.x, from.y), wordAt(surface, to.clientX, to.clientY)];
    if (!first || !last) return [];
    const [one, other] = [surface.words.indexOf(first), surface.words.indexOf(last)];
    return surface.words.slice(Math.min(one, other), Math.max(one, other) + 1);
  };

  // Texts of the input have no sheet: a click on a word takes it over, a selection all of it.
  document.addEventListener("mousedown", (event) => {
    const text = event.target.closest?.(".side-input [data-path]");
    if (text && event.button === 0) inputSurface(text);
  });
  document.addEventListener("click", async (event) => {
    const text = event.target.closest?.(".side-input [data-path]");
    if (!text || event.target.closest("a, button")) return;
    const surface = await inputSurface(text);
    const range = getSelection()?.rangeCount ? getSelection().getRangeAt(0) : null;
    const words = range && !range.collapsed
      ? surface.words.filter(({ node }) => range.intersectsNode(node))
      : surface.words.filter(({ node }) => node === document.elementFromPoint(event.clientX, event.clientY));
    if (words.length && window.countersign.taking?.isReady()) take(surface, words);
  });

  const hover = (event) => {
    if (event.pointerType === "touch" || event.buttons) return;
    const sheet = event.target.closest?.("[data-viewer] .sheet");
    if (!sheet) { clear("hover"); return; }
    load(sheet).then((surface) => {
      clear("hover");
      const word = surface && sheet.querySelector(".sheet-face") ? wordAt(surface, event.clientX, event.clientY) : null;
      if (word) overlay(sheet).append(rect(word.box, "hover", 12));
    });
  };

  // --- walking with the keys

  const say = (text) => { const status = root()?.querySelector("[data-viewer-says]"); if (status) status.textContent = text; };

  const chosen = () => (cursor ? cursor.surface.words.slice(Math.min(cursor.from, cursor.to), Math.max(cursor.from, cursor.to) + 1) : []);

  const drawCursor = () => {
    clear("cursor");
    for (const node of document.querySelectorAll(".word.cursor")) node.classList.remove("cursor");
    if (!cursor) return;
    const words = chosen();
    for (const word of words) {
      if (word.box) overlay(cursor.surface.sheet).append(rect(word.box, "cursor", 18));
      else word.node?.classList.add("cursor");
    }
    reveal(cursor.surface, words);
  };

  const reveal = (surface, words) => {
    const place = placeOf(surface, words);
    window.countersign.evidence?.show(place);
  };

  const begin = async () => {
    const target = window.countersign.taking?.target();
    const place = window.countersign.evidence?.placeOf(target);
    let sheet = place?.d ? root().querySelector(`#paper-${place.d} .sheet[data-page="${place.p}"]`) : viewer().here();
    sheet ??= viewer().here();
    const surface = sheet ? await load(sheet) : await inputSurface(document.querySelector(".side-input [data-path]"));
    if (!surface?.words.length) { say("There are no words on this page."); return; }
    let at = 0;
    if (place?.b) at = Math.max(0, surface.words.findIndex(({ box }) => box && box[2] > place.b[0] && box[3] > place.b[1] && box[0] < place.b[2] && box[1] < place.b[3]));
    else if (place?.e) at = Math.max(0, surface.words.findIndex((word) => word.end > place.s));
    walkFrom(surface, at, at);
  };

  const walkFrom = (surface, from, to) => {
    cursor = { surface, from, to };
    const area = surface.element.closest(".sheets") ?? surface.element.closest(".side-input");
    area.setAttribute("data-walking", "");
    area.focus({ preventScroll: true });
    drawCursor();
    say(`${chosen().map((word) => word.text).join(" ")}. Arrow keys walk, with Shift they widen, Enter takes over.`);
  };

  const end = (isBack = true) => {
    document.querySelector("[data-walking]")?.removeAttribute("data-walking");
    cursor = null;
    drawCursor();
    if (isBack) window.countersign.taking?.back();
  };

  const middle = (word) => (word.box ? (word.box[0] + word.box[2]) / 2 : word.node.getBoundingClientRect().left);

  const vertically = (by) => {
    const { surface, to } = cursor;
    const here = surface.words[to];
    const lines = [...new Set(surface.words.map((word) => word.line))].sort((one, other) => one - other);
    const line = lines[lines.indexOf(here.line) + by];
    const among = surface.words.map((word, at) => [word, at]).filter(([word]) => word.line === line);
    if (!among.length) return to;
    return among.reduce((best, one) => (Math.abs(middle(one[0]) - middle(here)) < Math.abs(middle(best[0]) - middle(here)) ? one : best))[1];
  };

  const turnPage = async (by) => {
    const sheets = [...cursor.surface.element.closest(".sheets").querySelectorAll(".sheet")];
    const sheet = sheets[sheets.indexOf(cursor.surface.sheet) + by];
    const surface = sheet && (await load(sheet));
    if (surface?.words.length && cursor) walkFrom(surface, 0, 0);
  };

  const KEYS = {
    ArrowRight: () => Math.min(cursor.to + 1, cursor.surface.words.length - 1),
    ArrowLeft: () => Math.max(cursor.to - 1, 0),
    ArrowDown: () => vertically(1),
    ArrowUp: () => vertically(-1),
    Home: () => cursor.surface.words.findIndex((word) => word.line === cursor.surface.words[cursor.to].line),
    End: () => cursor.surface.words.findLastIndex((word) => word.line === cursor.surface.words[cursor.to].line),
  };

  document.addEventListener("keydown", (event) => {
    if (!cursor || !event.target.closest?.("[data-walking]") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in KEYS) {
      const to = KEYS[event.key]();
      cursor = { ...cursor, to, from: event.shiftKey ? cursor.from : to };
      drawCursor();
      say(chosen().map((word) => word.text).join(" "));
    } else if (event.key === "PageDown" || event.key === "PageUp") turnPage(event.key === "PageDown" ? 1 : -1);
    else if (event.key === "Enter") { const { surface } = cursor; const words = chosen(); end(); take(surface, words); }
    else if (event.key === "Escape") end();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });

  document.addEventListener("focusout", (event) => { if (cursor && event.target.matches?.("[data-walking]")) end(false); });

  // --- finding

  const finder = () => root()?.querySelector("[data-finder]");

  const openFinder = async () => {
    const box = finder();
    box.hidden = false;
    box.querySelector("input").select();
    box.querySelector("input").focus();
    for (const sheet of viewer().paper().querySelectorAll(".sheet")) await load(sheet);
    for (const text of viewer().paper().querySelectorAll("[data-path]")) await inputSurface(text);
    if (!box.hidden) await search();
  };

  const closeFinder = () => {
    finder().hidden = true;
    found = [];
    clear("found");
    for (const node of document.querySelectorAll(".word.found")) node.classList.remove("found");
    cursor = null;
    drawCursor();
    window.countersign.taking?.back();
  };

  const search = async () => {
    const query = finder().querySelector("input").value.trim().toLowerCase();
    clear("found");
    for (const node of document.querySelectorAll(".word.found")) node.classList.remove("found");
    found = [];
    const places = [...viewer().paper().querySelectorAll(".sheet, [data-path]")];
    for (const place of query ? places : []) {
      const surface = await pages.get(place);
      if (!surface) continue;
      const text = surface.text.toLowerCase();
      for (let at = text.indexOf(query); at >= 0 && found.length < MOST_FOUND; at = text.indexOf(query, at + query.length)) {
        const words = surface.words.map((word, index) => [word, index]).filter(([word]) => word.end > at && word.start < at + query.length);
        if (!words.length) continue;
        found.push({ surface, from: words[0][1], to: words.at(-1)[1] });
        for (const [word] of words) {
          if (word.box) overlay(surface.sheet).append(rect(word.box, "found", 8));
          else word.node.classList.add("found");
        }
      }
    }
    cursor = found[0] ?? null;
    tellFound(query);
  };

  const tellFound = (query) => {
    drawCursor();
    const at = found.indexOf(cursor);
    const status = finder().querySelector("[data-found]");
    status.textContent = !query ? "" : !found.length ? "not found" : `${at + 1} of ${found.length}`;
    if (cursor) say(`${at + 1} of ${found.length}: ${chosen().map((word) => word.text).join(" ")}`);
  };

  document.addEventListener("input", (event) => { if (event.target.closest?.("[data-finder]")) search(); });

  document.addEventListener("keydown", (event) => {
    if (!event.target.closest?.("[data-finder]")) return;
    if (event.key === "Escape") closeFinder();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!found.length) return;
      const at = found.indexOf(cursor) + (event.key === "ArrowDown" ? 1 : -1);
      cursor = found[(at + found.length) % found.length];
      tellFound("again");
    } else if (event.key === "Enter" && cursor) {
      const { surface } = cursor;
      const words = chosen();
      closeFinder();
      take(surface, words);
    } else if (!(event.key === "Enter")) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // Ctrl+Enter decides elsewhere, not from here
  }, { capture: true });

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-find]")) openFinder();
    else if (event.target.closest?.("[data-pick]")) begin();
    else if (event.target.closest?.("[data-close-finder]")) closeFinder();
    else if (event.target.closest?.("[data-lasso]")) {
      const on = root().toggleAttribute("data-lassoing");
      event.target.closest("[data-lasso]").setAttribute("aria-pressed", String(on));
    }
  });

  // Space held down moves the page instead of choosing words.
  const pans = (event, on) => {
    if (event.key !== " " || !root() || !event.target.matches?.(".sheets, body, main, .field")) return;
    if (on && !root().matches(":hover")) return;
    if (on) event.preventDefault();
    root().toggleAttribute("data-panning", on);
  };
  document.addEventListener("keydown", (event) => pans(event, true));
  document.addEventListener("keyup", (event) => pans(event, false));

  // Pages of text are fetched when they come near; words of pictures when somebody points at them
  // or the page has been in view for a moment.
  const setUp = () => {
    cursor = null;
    press = null;
    found = [];
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

  window.countersign = { ...window.countersign, words: { load, inputSurface, overlay, rect, read: reading, placeOf } };
})();
