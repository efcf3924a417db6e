"""Numbers, and how they hang together: which are sums or differences of others."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from integrations.extraction.candidates.base import Candidate
from integrations.extraction.layout import Sheet
from integrations.extraction.values import CURRENCIES, CURRENCY_MARKS, NUMBER, amount_of

# Sums are sought among so many different amounts: pairs grow with the square.
_MOST_SUMMED = 60
# Which of a candidate's numbers says that a percent sign follows.
PERCENT = 9
_CENT = Decimal("0.01")
# A word with more numbers in it is a code.
_MOST_IN_WORD = 3
_FEW_CENTS = tuple(_CENT * cents for cents in range(1, 5))
_FIVE_CENTS = Decimal("0.05")


def find(sheet: Sheet) -> list[Candidate]:
    found = []
    for number, token in enumerate(sheet.tokens):
        if not any(one.isdigit() for one in token.text):
            continue
        matches = list(NUMBER.finditer(token.text[:40]))
        if len(matches) > _MOST_IN_WORD:
            continue
        for match in matches:
            value = amount_of(match.group() + ("-" if token.text[match.end() :] == "-" else ""))
            if value is None or abs(value) >= Decimal("1e10"):
                continue
            before, after = token.text[: match.start()], token.text[match.end() :]
            found.append((number, number, value, match.group(), before, after))
        joined = _spaced(sheet, number)
        if joined is not None:
            found.append((number, *joined, "", ""))
    if not found:
        return []
    counts = Counter(abs(value) for _, _, value, *_ in found)
    cents = [value for _, _, value, raw, *_ in found if _has_cents(raw)]
    pool = sorted({abs(value) for value in (cents or [one[2] for one in found])})
    sums = _Sums(pool[-_MOST_SUMMED:])
    largest = max(pool) if pool else Decimal(0)
    ranks = {value: at for at, value in enumerate(sorted(counts, reverse=True))}
    candidates = []
    for first, last, value, raw, before, after in found:
        size = abs(value)
        sign = _mark_near(sheet, first, last, before, after)
        candidates.append(
            Candidate(
                value=float(value),
                key=format(value.normalize(), "f"),
                parts=((first, last),),
                traits=(f"cur={sign}", f"b={before[-4:].casefold()}", f"t={after[:4].casefold()}"),
                numbers=(
                    float(_has_cents(raw)),
                    float(value < 0),
                    float(value == 0),
                    float(size),
                    float(size / largest) if largest else 0.0,
                    float(size == largest),
                    float(ranks[size]),
                    float(counts[size]),
                    float(bool(sign)),
                    float(after.startswith("%") or _next_is(sheet, last, "%")),
                    float(sums.is_sum(size)),
                    float(sums.is_difference(size)),
                    float(sums.is_part(size)),
                    float(sums.largest_part(size)),
                    *sums.rounding(size),
                    float(len(raw)),
                    float(bool(before) and before[-1].isalnum()),
                ),
            )
        )
    return candidates


def _has_cents(raw: str) -> bool:
    return len(raw) > 3 and raw[-3] in ".,"


def _spaced(sheet: Sheet, number: int) -> tuple[int, Decimal, str] | None:
    """Thousands with blanks: "1 234,56" from two or three words."""
    text = sheet.tokens[number].text
    digits = text.lstrip("-−€$£")
    if not (digits.isdigit() and 1 <= len(digits) <= 3):
        return None
    last, raw = number, digits
    end = sheet.segments[sheet.segment_of[number]].last
    while last < end and last - number < 3:
        following = sheet.tokens[last + 1].text
        if len(following) < 3 or not following[:3].isdigit() or following[3:4].isdigit():
            break
        raw += following
        last += 1
        if len(following) > 3:
            break
    if last == number or not _has_cents(raw):
        return None
    value = amount_of(raw)
    return None if value is None else (last, value, raw)


def _mark_near(sheet: Sheet, first: int, last: int, before: str, after: str) -> str:
    segment = sheet.segments[sheet.segment_of[first]]
    near = [before, after]
    if first > segment.first:
        near.append(sheet.tokens[first - 1].text)
    if last < segment.last:
        near.append(sheet.tokens[last + 1].text)
    for text in near:
        bare = text.strip("():.").upper()
        if bare in CURRENCIES:
            return bare
        if bare in CURRENCY_MARKS:
            return CURRENCY_MARKS[bare]
    return ""


def _next_is(sheet: Sheet, last: int, text: str) -> bool:
    end = sheet.segments[sheet.segment_of[last]].last
    return last < end and sheet.tokens[last + 1].text.startswith(text)


class _Sums:
    """Which of some amounts are the sum of two others, to the cent."""

    def __init__(self, amounts: list[Decimal]) -> None:
        positive = [value for value in amounts if value >= _CENT]
        known = set(positive)
        self._sums: dict[Decimal, Decimal] = {}
        self._parts: set[Decimal] = set()
        self._differences: set[Decimal] = set()
        for at, one in enumerate(positive):
            for other in positive[at:]:
                total = one + other
                if total in known:
                    self._sums[total] = max(other, self._sums.get(total, Decimal(0)))
                    self._parts.update((one, other))
                    if one != other:
                        self._differences.add(other)
        self.known = known

    def is_sum(self, value: Decimal) -> bool:
        return value in self._sums

    def is_difference(self, value: Decimal) -> bool:
        """The larger part of a sum: a net beside its tax, a total beside the change."""
        return value in self._differences

    def is_part(self, value: Decimal) -> bool:
        return value in self._parts

    def rounding(self, value: Decimal) -> tuple[float, float, float]:
        """Whether another amount is a few cents more or less, as before or after rounding, and
        whether this one ends in a full five cents."""
        lower = any(value - step in self.known for step in _FEW_CENTS)
        higher = any(value + step in self.known for step in _FEW_CENTS)
        return float(lower), float(higher), float(value % _FIVE_CENTS == 0)

    def largest_part(self, value: Decimal) -> float:
        """The larger part's share of the sum that the value is; 0 if it is none."""
        return float(self._sums[value] / value) if value in self._sums else 0.0
