// The documents beside the fields: which one is open, which page, how large, which way up.
(() => {
  const STEPS = [0.25, 0.33, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 2.5, 3, 4, 6];
  const SHARP = 1.15; // the picture for looking closely is fetched beyond this enlargement
  const GAP = 24; // between sheet and border, both sides together
  let fit = "width"; // width, page, or "" where a size was chosen; kept from task to task
  let scale = 1;

  const viewer = () => document.querySelector("[data-viewer]");
  const paper = () => viewer()?.querySelector(".paper:not([hidden])");
  const sheetsOf = (one) => [...one.querySelectorAll(".sheet")];
  const room = () => paper()?.querySelector(".sheets");
  const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  // --- documents

  const open = (id) => {
    const wanted = document.getElementById(`paper-${id}`);
    if (!wanted || !wanted.hidden) return wanted;
    for (const one of viewer().querySelectorAll(".paper")) one.hidden = one !== wanted;
    for (const tab of viewer().querySelectorAll("[role=tab]")) {
      const isCurrent = tab.id === `tab-${id}`;
      tab.setAttribute("aria-selected", String(isCurrent));
      tab.tabIndex = isCurrent ? 0 : -1;
      if (isCurrent) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    layout();
    viewer().dispatchEvent(new CustomEvent("paper:open", { bubbles: true }));
    return wanted;
  };

  // --- sizes

  const turnOf = (sheet) => Number(sheet.dataset.turn ?? 0);
  const isOnSide = (sheet) => turnOf(sheet) % 180 !== 0;
  const natural = (sheet) => {
    const [width, height] = [Number(sheet.dataset.width), Number(sheet.dataset.height)];
    return isOnSide(sheet) ? [height, width] : [width, height];
  };

  // A page at 100% is as wide as the reading width; its own pixels say nothing about paper.
  const BASE = 800;
  const fitted = (sheet) => {
    const area = room();
    const [width, height] = natural(sheet);
    const unit = BASE / Math.min(width, height * 1.0);
    const wide = (area.clientWidth - GAP) / (width * unit);
    return fit === "page" ? Math.min(wide, (area.clientHeight - GAP) / (height * unit)) : wide;
  };

  const size = (sheet) => {
    const [width, height] = natural(sheet);
    const unit = BASE / Math.min(width, height);
    const by = fit ? fitted(sheet) : scale;
    const face = sheet.querySelector(".sheet-face");
    const [shownWidth, shownHeight] = [width, height].map((side) => Math.round(Math.max(40, side * unit * by)));
    sheet.style.width = `${shownWidth}px`;
    sheet.style.height = `${shownHeight}px`;
    face.style.width = `${isOnSide(sheet) ? shownHeight : shownWidth}px`;
    face.style.height = `${isOnSide(sheet) ? shownWidth : shownHeight}px`;
    face.dataset.turn = turnOf(sheet);
    return by;
  };

  const layout = () => {
    const area = room();
    if (!area) return;
    const pictured = sheetsOf(paper()).filter((sheet) => sheet.dataset.width);
    viewer().toggleAttribute("data-has-pictures", pictured.length > 0);
    viewer().toggleAttribute("data-has-pages", sheetsOf(paper()).length > 1);
    if (pictured.length && area.clientWidth) {
      const sizes = pictured.map(size);
      if (fit) scale = sizes[0];
      viewer().querySelector("[data-zoom-shown]").textContent = `${Math.round(scale * 100)}%`;
    }
    sharpen();
    count();
  };

  // Keeps the point under the pointer (or the middle) where it is while the size changes.
  const resize = (change, at = null) => {
    const area = room();
    if (!area) return;
    const frame = area.getBoundingClientRect();
    const [x, y] = at ?? [frame.left + frame.width / 2, frame.top + frame.height / 2];
    const sheet = document.elementsFromPoint(x, y).map((one) => one.closest?.(".sheet")).find(Boolean) ?? here();
    const before = sheet?.getBoundingClientRect();
    change();
    layout();
    if (!sheet || !before?.width) return;
    const after = sheet.getBoundingClientRect();
    area.scrollLeft += after.left + ((x - before.left) / before.width) * after.width - x;
    area.scrollTop += after.top + ((y - before.top) / before.height) * after.height - y;
  };

  const zoom = (way, at) => {
    if (!viewer()?.hasAttribute("data-has-pictures")) return;
    resize(() => {
      if (way === "fit") { fit = fit === "width" ? "page" : "width"; return; }
      const next = way === "in" ? STEPS.find((one) => one > scale * 1.02) : STEPS.findLast((one) => one < scale * 0.98);
      fit = "";
      scale = next ?? scale;
    }, at);
    say(`${Math.round(scale * 100)} per cent`);
  };

  const turn = () => {
    const sheet = here();
    if (!sheet?.dataset.width) return;
    sheet.dataset.turn = (turnOf(sheet) + 90) % 360;
    layout();
    sheet.scrollIntoView({ block: "nearest" });
    say(`turned by ${turnOf(sheet)} degrees`);
  };

  // The large picture takes the small one's place once it is there; only of pages in view.
  const sharpen = () => {
    const area = room()?.getBoundingClientRect();
    if (!area) return;
    for (const sheet of sheetsOf(paper())) {
      const image = sheet.querySelector("img");
      if (!image || !sheet.dataset.zoomUrl || image.dataset.sharp || !image.naturalWidth) continue;
      const frame = sheet.getBoundingClientRect();
      const isSeen = frame.bottom > area.top && frame.top < area.bottom;
      const shown = image.clientWidth * Math.min(devicePixelRatio, 2);
      if (!isSeen || shown < image.naturalWidth * SHARP) continue;
      image.dataset.sharp = "asked";
      const large = new Image();
      large.decoding = "async";
      large.src = sheet.dataset.zoomUrl;
      large.decode().then(() => { image.src = large.src; image.dataset.sharp = "shown"; }, () => { delete image.dataset.sharp; });
    }
  };

  // --- pages

  const here = () => {
    const area = room()?.getBoundingClientRect();
    if (!area) return null;
    const line = area.top + Math.min(area.height / 3, 200);
    const all = sheetsOf(paper());
    return all.find((sheet) => sheet.getBoundingClientRect().bottom > line) ?? all.at(-1) ?? null;
  };

  const count = () => {
    const sheet = here();
    const all = paper() ? sheetsOf(paper()) : [];
    viewer().querySelector("[data-page-number]").textContent = sheet ? `${sheet.dataset.page} / ${all.length}` : "";
    for (const thumb of paper()?.querySelectorAll(".thumb") ?? []) {
      const isCurrent = thumb.dataset.goto === sheet?.dataset.page;
      if (isCurrent === (thumb.getAttribute("aria-current") === "true")) continue;
      if (isCurrent) { thumb.setAttribute("aria-current", "true"); centre(thumb.parentElement, thumb); }
      else thumb.removeAttribute("aria-current");
    }
  };

  const centre = (area, one) => {
    const [frame, inner] = [area.getBoundingClientRect(), one.getBoundingClientRect()];
    if (inner.top < frame.top || inner.bottom > frame.bottom) area.scrollTop += inner.top - frame.top - frame.height / 2 + inner.height / 2;
    if (inner.left < frame.left || inner.right > frame.right) area.scrollLeft += inner.left - frame.left - frame.width / 2 + inner.width / 2;
  };

  const go = (page) => {
    const sheet = paper()?.querySelector(`.sheet[data-page="${page}"]`);
    if (!sheet) return null;
    scrollTo(sheet.getBoundingClientRect(), "start");
    say(`page ${page}`);
    return sheet;
  };

  // Scrolls the open paper so that a rectangle of the window is seen, with air around it.
  const scrollTo = (rect, block = "centre") => {
    const area = room();
    const frame = area.getBoundingClientRect();
    const isSeen = rect.top >= frame.top + 24 && rect.bottom <= frame.bottom - 24 && rect.left >= frame.left && rect.right <= frame.right;
    if (block === "centre" && isSeen) return;
    const down = block === "start" ? rect.top - frame.top - GAP / 2 : rect.top - frame.top - (frame.height - Math.min(rect.height, frame.height)) / 2;
    const aside = rect.left < frame.left || rect.right > frame.right ? rect.left - frame.left - (frame.width - Math.min(rect.width, frame.width)) / 2 : 0;
    // A far way is not flown: the eye cannot follow it, and it takes time.
    const behavior = isCalm() || Math.abs(down) > frame.height * 1.5 ? "instant" : "smooth";
    area.scrollBy({ top: down, left: aside, behavior });
  };

  const say = (text) => {
    const status = viewer()?.querySelector("[data-viewer-says]");
    if (status) status.textContent = text;
  };

  // A picture that does not come is said on its sheet, with a way to ask again.
  const tellFailed = (image) => {
    const sheet = image.closest(".sheet");
    if (sheet.querySelector(".sheet-failed")) return;
    const box = document.createElement("div");
    box.className = "sheet-failed";
    const line = document.createElement("p");
    line.textContent = "This page could not be loaded.";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small";
    button.dataset.retry = "";
    button.textContent = "Try again";
    box.append(line, button);
    sheet.append(box);
  };

  const isPage = (element) => element instanceof HTMLImageElement && element.closest(".sheet-face");
  document.addEventListener("error", (event) => { if (isPage(event.target)) tellFailed(event.target); }, { capture: true });
  document.addEventListener("load", (event) => {
    if (!isPage(event.target)) return;
    event.target.closest(".sheet").querySelector(".sheet-failed")?.remove();
    sharpen();
  }, { capture: true });

  const setUp = () => {
    if (!viewer()) return;
    layout();
    for (const area of viewer().querySelectorAll(".sheets")) {
      area.addEventListener("scroll", () => requestAnimationFrame(() => { if (viewer()) { count(); sharpen(); } }), { passive: true });
    }
    for (const image of viewer().querySelectorAll(".sheet-face img:not([loading])")) {
      if (image.complete && !image.naturalWidth) tellFailed(image);
    }
    new ResizeObserver(layout).observe(viewer());
  };

  document.addEventListener("click", (event) => {
    const inside = event.target.closest("[data-viewer]");
    if (!inside) return;
    const at = (name) => event.target.closest(`[data-${name}]`);
    if (event.target.closest("[role=tab]")) open(event.target.closest("[role=tab]").id.replace("tab-", ""));
    else if (at("zoom")) zoom(at("zoom").dataset.zoom);
    else if (at("turn") && at("turn").matches("button")) turn();
    else if (at("goto")) go(at("goto").dataset.goto);
    else if (at("step")) go(Number(here()?.dataset.page ?? 1) + Number(at("step").dataset.step));
    else if (at("retry")) {
      const image = at("retry").closest(".sheet").querySelector("img");
      image.src = image.src;
    }
  });

  document.addEventListener("wheel", (event) => {
    if (!event.ctrlKey || !event.target.closest?.("[data-viewer] .sheets")) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? "in" : "out", [event.clientX, event.clientY]);
  }, { passive: false });

  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.("[data-viewer] [role=tab]");
    if (!tab || !["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
    event.preventDefault();
    const tabs = [...viewer().querySelectorAll("[role=tab]")];
    const isForward = (event.key === "ArrowRight") === (getComputedStyle(tab).direction !== "rtl");
    const to = event.key === "Home" ? 0 : event.key === "End" ? tabs.length - 1 : (tabs.indexOf(tab) + (isForward ? 1 : -1) + tabs.length) % tabs.length;
    tabs[to].focus();
    tabs[to].click();
  });

  // On a narrow screen one side is shown at a time.
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".side-switch [data-side]");
    if (button) side(button.dataset.side);
  });

  const side = (name) => {
    document.querySelector(".sides").dataset.side = name;
    for (const one of document.querySelectorAll(".side-switch [data-side]")) one.setAttribute("aria-pressed", String(one.dataset.side === name));
    layout();
  };

  document.addEventListener("DOMContentLoaded", setUp);
  document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "content") setUp(); });

  window.countersign = { ...window.countersign, viewer: { open, go, here, paper, room, scrollTo, say, side, layout } };
})();
