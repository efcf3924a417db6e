"""Numbers and dates as pages print them, in every way that they may be meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# Thousands are parted by points, commas, apostrophes or (narrow) blanks, never by two kinds.
_NUMBER = re.compile(
    r"(?<![\d.,])"
    r"(?:\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d{1,4})?(?!\d)"
    r"|\d+(?:[.,'’]\d+)*)"
)
_LONGEST = 20  # digits of an amount; longer ones are numbers of articles or accounts


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """A number at text[start:end] of a page; values are what it may mean.

    has_decimals: it is printed with a decimal part, as amounts are.
    """

    values: frozenset[Decimal]
    has_decimals: bool
    start: int
    end: int


def numbers_in(text: str) -> Iterator[PrintedNumber]:
    """All numbers of a text, without their signs. `20 400,00` is one number and also two."""
    for found in _NUMBER.finditer(text):
        yield from _meanings(found.group(), found.start())
        # A quantity beside an amount looks like a number with blanks for thousands.
        if any(blank in found.group() for blank in " \u00a0\u202f"):
            at = found.start()
            for part in re.split(r"([ \u00a0\u202f])", found.group()):
                if part.strip():
                    yield from _meanings(part, at)
                at += len(part)


def _meanings(raw: str, start: int) -> Iterator[PrintedNumber]:
    text = re.sub(r"[ \u00a0\u202f'’]", "", raw)
    if sum(one.isdigit() for one in text) > _LONGEST:
        return
    marks = [one for one in text if one in ".,"]
    end = start + len(raw)
    if not marks:
        yield PrintedNumber(frozenset({Decimal(text)}), False, start, end)
        return
    whole, _, tail = text.rpartition(marks[-1])
    plain = Decimal(re.sub(r"[.,]", "", text))
    head = re.sub(r"[.,]", "", whole)
    parted = Decimal(f"{head}.{tail}") if tail.isdigit() and head.isdigit() else plain
    if len(set(marks)) == 1 and len(marks) > 1:
        yield PrintedNumber(frozenset({plain}), False, start, end)
    elif len(marks) == 1 and len(tail) == 3 and "." not in head and 1 <= len(head) <= 3:
        # "1.234" may be either; neither reading is ruled out by its form.
        yield PrintedNumber(frozenset({plain, parted}), True, start, end)
    else:
        yield PrintedNumber(frozenset({parted}), True, start, end)


# Months in German, English, French, Dutch, Spanish, Italian, Portuguese and Polish; beginnings
# of three or four letters are told apart by what follows.
_MONTHS = (
    "january januar janvier januari enero gennaio janeiro stycznia stycznen jan janv ene gen sty",
    "february februar fevrier februari febrero febbraio fevereiro lutego feb fev fevr lut",
    "march marz maerz mars maart marzo marco marca mar mrz mrt",
    "april avril abril aprile kwietnia apr avr abr kwi",
    "may mai mei mayo maggio maio maja mag",
    "june juni juin junio giugno junho czerwca jun giu cze",
    "july juli juillet julio luglio julho lipca jul juil lug lip",
    "august aout augustus agosto sierpnia aug ago sie",
    "september septembre septiembre settembre setembro wrzesnia sep sept set wrz",
    "october oktober octobre octubre ottobre outubro pazdziernika oct okt ott out paz",
    "november novembre noviembre novembro listopada nov lis",
    "december dezember decembre diciembre dicembre dezembro grudnia dec dez dic gru",
)
_MONTH = {name: at for at, names in enumerate(_MONTHS, 1) for name in names.split()}
_NUMERIC = re.compile(
    r"(?<![\d.,/-])(\d{1,4})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\d/-])"
)
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|\.|º)?[ \-/]*(?:de\s+)?"
    r"([^\W\d_]{3,12})\.?[ \-/,]*(?:de\s+)?"
    r"(\d{4}|'?\d{2})(?!\d)"
)
_MONTH_FIRST = re.compile(
    r"([^\W\d_]{3,12})\.?[ \-]*(\d{1,2})(?:st|nd|rd|th)?,?[ \-]+(\d{4})(?!\d)"
)
_COMPACT = re.compile(r"(?<!\w)(20\d{2}|19\d{2})(\d{2})(\d{2})(?!\w)")


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date at text[start:end]; days are what it may mean (day or month first)."""

    days: frozenset[date]
    start: int
    end: int


def dates_in(text: str) -> list[PrintedDate]:
    """All dates of a text. Where one of them tells whether the day or the month stands first,
    it tells it for the others too."""
    numeric = list(_NUMERIC.finditer(text))
    order = _order(numeric)
    found = [PrintedDate(days, *one.span()) for one in numeric if (days := _days(one, order))]
    for one in _DAY_FIRST.finditer(text):
        found += _named(one, one[1], one[2], one[3])
    for one in _MONTH_FIRST.finditer(text):
        found += _named(one, one[2], one[1], one[3])
    for one in _COMPACT.finditer(text):
        day = _day(int(one[1]), int(one[2]), int(one[3]))
        if day is not None:
            found.append(PrintedDate(frozenset({day}), *one.span()))
    return found


def _order(numeric: list[re.Match[str]]) -> str:
    """ "day" or "month" where dates with slashes or hyphens show which is first, else ""."""
    firsts = [(int(one[1]), int(one[3])) for one in numeric if one[2] != "." and len(one[1]) <= 2]
    is_day = any(first > 12 >= second for first, second in firsts)
    is_month = any(second > 12 >= first for first, second in firsts)
    return "" if is_day == is_month else ("day" if is_day else "month")


def _days(found: re.Match[str], order: str) -> frozenset[date]:
    first, mark, second, last = found.groups()
    if len(first) == 4:
        meant = [_day(int(first), int(second), int(last))] if len(last) == 2 else []
    elif len(first) == 3:
        meant = []
    else:
        year = _year(last)
        day_first = _day(year, int(second), int(first))
        month_first = _day(year, int(first), int(second))
        # A point parts days from months only in that order.
        if mark == "." or order == "day":
            meant = [day_first]
        elif order == "month":
            meant = [month_first]
        else:
            meant = [day_first, month_first]
        if len(last) == 2 and len(first) == 2:
            meant.append(_day(_year(first), int(second), int(last)) if mark == "-" else None)
    return frozenset(one for one in meant if one is not None)


def _named(found: re.Match[str], day: str, month: str, year: str) -> list[PrintedDate]:
    plain = unicodedata.normalize("NFKD", month.casefold())
    number = _MONTH.get("".join(one for one in plain if not unicodedata.combining(one)))
    if number is None:
        return []
    meant = _day(_year(year.strip("'")), number, int(day))
    return [] if meant is None else [PrintedDate(frozenset({meant}), *found.span())]


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
