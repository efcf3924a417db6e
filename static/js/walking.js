// Words by keys: walking from one to the next, and finding them. Enter takes over, Escape leaves.
(() => {
  const MOST_FOUND = 500;
  const { load, loaded, inputSurface, overlay, rect, clear, placeOf, take } = window.countersign.words;
  let cursor = null; // {surface, from, to}: the words that the keys are at
  let found = [];
  let searches = 0;

  const viewer = () => window.countersign.viewer;
  const root = () => document.querySelector("[data-viewer]");

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
    unmark();
    cursor = null;
    drawCursor();
    window.countersign.taking?.back();
  };

  // Each letter starts a search; only the last one's result is drawn.
  const search = async () => {
    const run = ++searches;
    const query = finder().querySelector("input").value.trim().toLowerCase();
    const places = query ? [...viewer().paper().querySelectorAll(".sheet, [data-path]")] : [];
    const surfaces = await Promise.all(places.map(loaded));
    if (run !== searches || finder().hidden) return;
    found = surfaces.filter(Boolean).flatMap((surface) => matches(surface, query)).slice(0, MOST_FOUND);
    unmark();
    for (const { surface, from, to } of found) {
      for (const word of surface.words.slice(from, to + 1)) {
        if (word.box) overlay(surface.sheet).append(rect(word.box, "found", 8));
        else word.node?.classList.add("found");
      }
    }
    cursor = found[0] ?? null;
    tellFound(query);
  };

  const matches = (surface, query) => {
    const text = surface.text.toLowerCase();
    const all = [];
    for (let at = text.indexOf(query); at >= 0 && all.length < MOST_FOUND; at = text.indexOf(query, at + query.length)) {
      const from = surface.words.findIndex((word) => word.end > at && word.start < at + query.length);
      const to = surface.words.findLastIndex((word) => word.end > at && word.start < at + query.length);
      if (from >= 0) all.push({ surface, from, to });
    }
    return all;
  };

  const unmark = () => {
    clear("found");
    for (const node of document.querySelectorAll(".word.found")) node.classList.remove("found");
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
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "content") return;
    cursor = null;
    found = [];
  });
})();
