// What a person changed of the model's value: character by character for short texts, word by word
// for long ones. Additions and removals are marked by elements, said to screen readers, not by colour.
(() => {
  const SHORT = 48; // characters; beyond, single letters in common say nothing
  const MOST = 400; // parts on a side that are compared; longer texts are shown whole

  const parts = (text, isShort) => (isShort ? [...text] : text.match(/\s+|[^\s]+/g) ?? []);

  // Longest common subsequence as [kind, text] runs: same, gone, new.
  const compare = (before, after) => {
    const isShort = Math.max(before.length, after.length) <= SHORT;
    const [left, right] = [parts(before, isShort), parts(after, isShort)];
    if (left.length > MOST || right.length > MOST) return [["gone", before], ["new", after]];
    const table = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
    for (let i = left.length - 1; i >= 0; i--) {
      for (let j = right.length - 1; j >= 0; j--) {
        table[i][j] = left[i] === right[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
      }
    }
    // With little in common a diff is harder to read than the two texts.
    if (table[0][0] * 2 < Math.min(left.length, right.length)) return [["gone", before], ["new", after]];
    const runs = [];
    const add = (kind, text) => {
      if (runs.at(-1)?.[0] === kind) runs.at(-1)[1] += text;
      else runs.push([kind, text]);
    };
    let [i, j] = [0, 0];
    while (i < left.length || j < right.length) {
      if (i < left.length && j < right.length && left[i] === right[j]) { add("same", left[i++]); j++; }
      else if (j >= right.length || (i < left.length && table[i + 1][j] >= table[i][j + 1])) add("gone", left[i++]);
      else add("new", right[j++]);
    }
    return isShort ? legible(runs) : runs;
  };

  // One or two letters that happen to agree between changes only make a riddle of them.
  const ALIKE = 3;
  const legible = (runs) => {
    const kept = runs.flatMap(([kind, text], at) =>
      kind === "same" && text.length < ALIKE && at > 0 && at < runs.length - 1 ? [["gone", text], ["new", text]] : [[kind, text]]);
    const found = [];
    let [gone, fresh] = ["", ""];
    const flush = () => {
      if (gone) found.push(["gone", gone]);
      if (fresh) found.push(["new", fresh]);
      [gone, fresh] = ["", ""];
    };
    for (const [kind, text] of kept) {
      if (kind === "gone") gone += text;
      else if (kind === "new") fresh += text;
      else { flush(); found.push([kind, text]); }
    }
    flush();
    return found;
  };

  const hidden = (text) => {
    const span = document.createElement("span");
    span.className = "visually-hidden";
    span.textContent = text;
    return span;
  };

  const TAGS = { same: "span", gone: "del", new: "ins" };
  const SAID = { gone: " removed: ", new: " added: " };

  const draw = (into, before, after) => {
    into.replaceChildren(...compare(before, after).map(([kind, text]) => {
      const element = document.createElement(TAGS[kind]);
      if (SAID[kind]) element.append(hidden(SAID[kind]));
      element.append(text);
      return element;
    }));
  };

  window.countersign = { ...window.countersign, diff: { draw, compare } };
})();
