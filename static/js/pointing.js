// Words under the pointer: hover, click, drag over an area; and moving the page itself.
(() => {
  const DRAG = 5; // pixels before a press becomes a drag
  const { load, inputSurface, overlay, rect, clear, placeOf, take, point, wordAt, wordsWithin } = window.countersign.words;
  let press = null;

  const viewer = () => window.countersign.viewer;
  const root = () => document.querySelector("[data-viewer]");

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

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-lasso]");
    if (!button) return;
    button.setAttribute("aria-pressed", String(root().toggleAttribute("data-lassoing")));
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

  document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "content") press = null; });
})();
