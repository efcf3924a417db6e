"""Words as values: dates, amounts, codes; their canonical forms, by which values are compared."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation

_MONTHS = {
    1: "january januar janvier enero gennaio januari janeiro jänner janv jan ene gen styczeń",
    2: "february februar février febrero febbraio februari fevereiro feber févr fév feb fevr",
    3: "march märz mars marzo maart março marz mär mar mrt mac",
    4: "april avril abril aprile avr apr abr kwiecień",
    5: "may mai mayo maggio mei maio mag",
    6: "june juni juin junio giugno junho jun giu",
    7: "july juli juillet julio luglio julho juil jul lug julai",
    8: "august août agosto augustus augusti aug août aou ago ogos",
    9: "september septembre septiembre settembre setembro sept sep set",
    10: "october oktober octobre octubre ottobre outubro oct okt ott out",
    11: "november novembre noviembre novembro nov",
    12: "december dezember décembre diciembre dicembre dezembro desember dec dez déc dic dis",
}


def plain(text: str) -> str:
    """Case-folded, compatibility forms resolved, accents gone."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(one for one in folded if not unicodedata.combining(one))


MONTHS = {plain(name): month for month, names in _MONTHS.items() for name in names.split()}
_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))

_SEP, _AGAIN = r"\s?(?P<s>[./\-–,])\s?", r"\s?(?P=s)\s?"
DATES = (
    (
        "ymd",
        re.compile(rf"(?<!\d)(?P<y>(?:19|20)\d\d){_SEP}(?P<m>\d\d?){_AGAIN}(?P<d>\d\d?)(?!\d)"),
    ),
    ("dmy", re.compile(rf"(?<!\d)(?P<d>\d\d?){_SEP}(?P<m>\d\d?){_AGAIN}(?P<y>\d{{4}}|\d\d)(?!\d)")),
    (
        "named",
        re.compile(
            rf"(?<!\d)(?P<d>\d\d?)(?:st|nd|rd|th|er|\.)?[\s./\-]{{0,2}}(?:de\s|of\s)?"
            rf"(?P<n>{_NAMES})\.?(?:\sde)?[\s./\-,']{{0,3}}(?P<y>\d{{4}}|\d\d)(?!\d)"
        ),
    ),
    (
        "named_first",
        re.compile(
            rf"(?<![a-z])(?P<n>{_NAMES})\.?[\s./\-]{{1,2}}(?P<d>\d\d?)(?:st|nd|rd|th)?"
            rf"[\s,./\-]{{1,3}}(?P<y>\d{{4}}|\d\d)(?!\d)"
        ),
    ),
    # As identity cards print it; recognised text may lack the second blank.
    ("spaced", re.compile(r"(?<![\d.,/])(?P<d>\d\d) (?P<m>\d\d) ?(?P<y>(?:19|20)\d\d)(?![\d.,/])")),
    ("compact", re.compile(r"(?<!\d)(?P<y>20[0-4]\d)(?P<m>[01]\d)(?P<d>[0-3]\d)(?!\d)")),
)


def dates_in(text: str) -> list[tuple[int, int, str, date]]:
    """(start, end, order, date) of every date in a text; both readings of an ambiguous one.

    order is dmy, mdy, ymd, named, spaced or compact. The text must be plain(); positions are in it.
    """
    found: list[tuple[int, int, str, date]] = []
    taken: list[tuple[int, int]] = []
    for order, pattern in DATES:
        at = 0
        while (match := pattern.search(text, at)) is not None:
            start, end = match.span()
            # What is no date may hide the beginning of one: "#19- 18/01/2018".
            at = start + 1
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            readings = _readings(order, match)
            if readings:
                taken.append((start, end))
                at = end
                found.extend((start, end, name, day) for name, day in readings)
    return found


def _readings(order: str, match: re.Match[str]) -> list[tuple[str, date]]:
    parts = match.groupdict()
    year = int(parts["y"])
    if year < 100:
        year += 2000 if year < 70 else 1900
    month = MONTHS[parts["n"]] if parts.get("n") else int(parts["m"])
    day = int(parts["d"])
    wanted = [(order.removesuffix("_first"), month, day)]
    if order == "dmy":
        wanted.append(("mdy", day, month))
    readings = []
    for name, one_month, one_day in wanted:
        try:
            readings.append((name, date(year, one_month, one_day)))
        except ValueError:
            continue
    if len(readings) == 2 and readings[0][1] == readings[1][1]:
        readings.pop()
    return readings


NUMBER = re.compile(r"[-−]?\d[\d.,'’]*")


def amount_of(text: str) -> Decimal | None:
    """A number in either decimal convention, None if the text is none.

    "1.234,56", "1,234.56", "1'234.56", "12,5", "6.00-" and "(6.00)". One separator before
    exactly three digits groups thousands.
    """
    bare = text.strip().replace("’", "'").replace("−", "-")
    negative = bare.startswith("-") or bare.endswith("-") or bare.startswith("(")
    bare = bare.strip("-+()").replace("'", "").replace(" ", "").rstrip(".,")
    if not bare or not bare[0].isdigit() or len(bare) > 18:
        return None
    point, comma = bare.rfind("."), bare.rfind(",")
    if point >= 0 and comma >= 0:
        mark = "." if point > comma else ","
    elif point >= 0 or comma >= 0:
        mark = "." if point >= 0 else ","
        tail = len(bare) - 1 - bare.rfind(mark)
        if bare.count(mark) > 1 or (tail == 3 and not bare.startswith("0")):
            mark = ""
    else:
        mark = ""
    if mark:
        whole, _, part = bare.rpartition(mark)
        bare = whole.replace(".", "").replace(",", "") + "." + part
    else:
        bare = bare.replace(".", "").replace(",", "")
    try:
        value = Decimal(bare)
    except InvalidOperation:
        return None
    return -value if negative else value


def letters(text: str) -> str:
    """Letters and digits only, upper case, no accents: how texts are compared."""
    return "".join(one for one in plain(text).upper() if one.isalnum())


def iban_holds(text: str) -> bool:
    """ISO 13616 check digits of an IBAN without blanks."""
    if not (15 <= len(text) <= 34 and text[:2].isalpha() and text[2:4].isdigit()):
        return False
    turned = text[4:] + text[:4]
    try:
        return int("".join(str(int(one, 36)) for one in turned)) % 97 == 1
    except ValueError:
        return False


# Marks of currencies that stand for one code; "$" and "kr" may be several and are left to learn.
CURRENCY_MARKS = {
    "€": "EUR", "EURO": "EUR", "£": "GBP", "$": "USD", "US$": "USD", "RM": "MYR", "CHF": "CHF",
    "SFR": "CHF", "FR.": "CHF", "ZŁ": "PLN", "KČ": "CZK", "¥": "JPY", "KR": "SEK", "C$": "CAD",
    "A$": "AUD", "₹": "INR", "S$": "SGD", "FT": "HUF", "LEI": "RON",
}  # fmt: skip
_CODES = (
    "EUR USD GBP CHF SEK NOK DKK PLN CZK HUF RON BGN JPY CNY AUD CAD NZD SGD MYR INR BRL ZAR MXN "
    "TRY AED HKD THB IDR PHP KRW ILS SAR UAH ISK RSD HRK RUB"
)
CURRENCIES = frozenset(_CODES.split())
