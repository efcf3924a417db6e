// Reads words of a document, or what somebody typed, as what a field is: a day, an amount, a code.
// Gives the text that the field wants, or null where the words are no such thing.
(() => {
  // Months by how their names begin, without accents: English, German, French, Spanish, Italian,
  // Dutch, Portuguese.
  const MONTHS = [
    [1, "jan", "jän", "ene", "gen"], [2, "feb", "fev", "feb"], [3, "mar", "mrz", "maa", "mae"],
    [4, "apr", "avr", "abr"], [5, "may", "mai", "mei", "mag"], [6, "jun", "juin", "giu"],
    [7, "jul", "juil", "lug"], [8, "aug", "aou", "ago"], [9, "sep", "set"], [10, "oct", "okt", "out", "ott"],
    [11, "nov"], [12, "dec", "dez", "dic"],
  ];

  const bare = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  const monthOf = (name) => {
    const text = bare(name);
    const found = text.length >= 3 && MONTHS.find(([, ...starts]) => starts.some((one) => text.startsWith(bare(one))));
    return found ? found[0] : 0;
  };

  const day = (year, month, date) => {
    const full = year < 100 ? 2000 + year - (year > 69 ? 100 : 0) : year;
    const made = new Date(Date.UTC(full, month - 1, date));
    const holds = made.getUTCFullYear() === full && made.getUTCMonth() === month - 1 && made.getUTCDate() === date;
    return holds ? made.toISOString().slice(0, 10) : null;
  };

  // 03/04/2026 is a day in April, unless the page has dates that only work the other way round.
  const date = (text, { monthFirst = false } = {}) => {
    const plain = text.trim().replace(/[.,;:)]+$/, "").replace(/(\d)(st|nd|rd|th|er|º|ª)\b/gi, "$1");
    let found = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(plain);
    if (found) return day(+found[1], +found[2], +found[3]);
    found = /^(\d{1,2})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{4}|\d{2})$/.exec(plain);
    if (found) {
      const [first, second, year] = [+found[1], +found[2], +found[3]];
      const isMonthFirst = second > 12 || (monthFirst && first <= 12 && plain.includes("/"));
      return isMonthFirst ? day(year, first, second) : day(year, second, first);
    }
    found = /^(\d{1,2})[.\s-]*(?:de\s+)?(\p{L}{3,})[.,\s-]*(?:de\s+)?(\d{4}|\d{2})$/u.exec(plain);
    if (found && monthOf(found[2])) return day(+found[3], monthOf(found[2]), +found[1]);
    found = /^(\p{L}{3,})[.\s]*(\d{1,2})[.,\s]+(\d{4})$/u.exec(plain);
    if (found && monthOf(found[1])) return day(+found[3], monthOf(found[1]), +found[2]);
    return null;
  };

  // 1.234,50 · 1,234.50 · 1 234,50 · 1'234.50 · (12.00) · 12.00- · EUR 12
  const amount = (text) => {
    let plain = text.replace(/[\s\u00a0\u202f'’]/g, "").replace(/\p{Sc}|[A-Za-z]{1,3}\.?(?=[\d(+-])|(?<=[\d)-])[A-Za-z]{1,3}$|%$/gu, "");
    const isNegative = /^\(.*\)$/.test(plain) || /^[-−]/.test(plain) || /[-−]$/.test(plain);
    plain = plain.replace(/^[(+−-]+|[)−-]+$/g, "");
    if (!/^\d[\d.,]*$|^[.,]\d+$/.test(plain)) return null;
    const last = Math.max(plain.lastIndexOf("."), plain.lastIndexOf(","));
    if (last >= 0) {
      const sign = plain[last];
      const isRepeated = plain.indexOf(sign) !== last;
      const isAlone = !plain.includes(sign === "." ? "," : ".");
      const isGroup = isRepeated || (isAlone && plain.length - last === 4 && !/^0?[.,]/.test(plain));
      plain = isGroup
        ? plain.replace(/[.,]/g, "")
        : `${plain.slice(0, last).replace(/[.,]/g, "")}.${plain.slice(last + 1)}`;
    }
    plain = plain.replace(/^0+(?=\d)/, "").replace(/^\./, "0.").replace(/\.$/, "");
    return (isNegative && !/^0(\.0*)?$/.test(plain) ? "-" : "") + plain;
  };

  const integer = (text) => {
    const found = amount(text);
    return found !== null && /^-?\d+(\.0+)?$/.test(found) ? found.replace(/\.0+$/, "") : null;
  };

  const code = (text) => text.replace(/\s+/g, "").replace(/[.,;:)]+$/, "").toUpperCase() || null;
  // A comma behind the last word belongs to the sentence that it stood in.
  const plain = (text) => text.trim().replace(/[,;:]$/, "") || null;

  const READERS = { date, amount, integer, code, text: plain };
  const CURRENCIES = { "€": "EUR", $: "USD", "£": "GBP", "¥": "JPY", zł: "PLN", kč: "CZK", fr: "CHF" };

  // The option that a text names, of [value, label] pairs.
  const choice = (text, options) => {
    const wanted = bare(CURRENCIES[text.trim().toLowerCase()] ?? text.trim());
    const found = options.find(([value, label]) => bare(value) === wanted || bare(label) === wanted);
    return found ? found[0] : null;
  };

  const GROUPED = new Intl.NumberFormat("en", { maximumFractionDigits: 20 });
  const WRITTEN = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

  // What was understood, for people: "" where it only says the same again.
  const echo = (kind, text) => {
    if (kind === "date" && date(text) === text) return WRITTEN.format(new Date(`${text}T00:00:00Z`));
    if (kind === "amount" && /^-?\d{4,}(\.\d+)?$/.test(text)) {
      const [whole, rest] = text.split(".");
      return GROUPED.format(BigInt(whole)) + (rest ? `.${rest}` : "");
    }
    return "";
  };

  const read = (kind, text, options) => (READERS[kind] ?? plain)(text, options);
  window.countersign = { ...window.countersign, reading: { read, echo, choice, bare } };
})();
