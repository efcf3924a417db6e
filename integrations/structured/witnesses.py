"""Account, tax number and currency: another of the kind on the page speaks against the part."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import iban as iban_numbers
from stdnum.exceptions import ValidationError

from integrations.structured.model import Disagreement, Record
from integrations.structured.pagetext import PageText, Place


def found_on(page: PageText, term: str, value: object, place: Place | None) -> Disagreement:
    """A disagreement whose other side stands at a place of the page, None where that is unclear."""
    if place is None:
        return Disagreement(term, value, None)
    return Disagreement(term, value, place.text, page.evidence(place))


_IBAN = re.compile(r"(?<![^\W_])[A-Z]{2}\s?\d{2}(?:[ \-.]?[A-Z0-9]){11,30}(?![^\W_])")


def accounts(record: Record, page: PageText) -> Iterator[Disagreement]:
    first = record.values.get("iban")
    if not isinstance(first, str):
        return
    told = [compact(str(one)) for one in (first, *record.others.get("iban", ()))]
    shown: dict[str, Place] = {}
    for place in page.finditer(_IBAN):
        for length in range(len(place.text), 14, -1):
            text = compact(place.text[:length])
            if text in told or _is_iban(text):
                shown.setdefault(text, Place(place.page, place.start, place.start + length))
                break
    others = [place for text, place in shown.items() if text not in told]
    if others and not any(text in shown for text in told):
        yield found_on(page, "iban", first, others[0])
    elif not shown and page.code(first) is None:
        like = next(
            (one for one in page.finditer(_IBAN) if compact(one.text)[:2] == told[0][:2]), None
        )
        if like is not None and not is_value(like.text, record):
            yield found_on(page, "iban", first, like)


def _is_iban(text: str) -> bool:
    try:
        iban_numbers.validate(text, check_country=False)
    except ValidationError:
        return False
    return True


# Forms of VAT numbers, by country (Directive 2006/112/EC, article 215, and national law).
_VAT = re.compile(
    r"(?<![^\W_])(?:ATU\d{8}|BE[01]\d{9}|BG\d{9,10}|CHE\d{9}|CY\d{8}[A-Z]|CZ\d{8,10}|DE\d{9}|DK\d{8}"
    r"|E[EL]\d{9}|ES[A-Z0-9]\d{7}[A-Z0-9]|FI\d{8}|FR[A-Z0-9]{2}\d{9}|GB\d{9}(?:\d{3})?|HR\d{11}"
    r"|HU\d{8}|IE\d[A-Z0-9+*]\d{5}[A-Z]{1,2}|IT\d{11}|LT\d{9}(?:\d{3})?|LU\d{8}|LV\d{11}|MT\d{8}"
    r"|NL\d{9}B\d{2}|PL\d{10}|PT\d{9}|RO\d{2,10}|SE\d{12}|SI\d{8}|SK\d{10})(?![^\W_])"
)
_SPACED_VAT = re.compile(
    r"(?<![^\W_])[A-Z]{2,3}[ .\-]?[A-Z0-9]{1,4}(?:[ .\-]?[A-Z0-9]{1,4}){1,4}(?![^\W_])"
)


def tax_number(record: Record, page: PageText) -> Iterator[Disagreement]:
    told = record.values.get("seller_vat_id")
    if not isinstance(told, str) or page.code(told) is not None:
        return
    for pattern in (_VAT, _SPACED_VAT):
        for place in page.finditer(pattern):
            text = compact(place.text)
            if _VAT.fullmatch(text) and text != compact(told) and not is_value(text, record):
                yield found_on(page, "seller_vat_id", told, place)
                return


_SYMBOLS = {
    "€": {"EUR"},
    "£": {"GBP"},
    "$": {"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "BRL"},
    "¥": {"JPY", "CNY"},
    "₹": {"INR"},
    "₺": {"TRY"},
    "zł": {"PLN"},
    "kč": {"CZK"},
    "sfr": {"CHF"},
    "kr": {"SEK", "NOK", "DKK", "ISK"},
    "euro": {"EUR"},
}
_CURRENCIES = (
    "EUR|USD|GBP|CHF|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|TRY|CAD|AUD|NZD|JPY|CNY|INR|SGD|HKD|MYR"
    "|MXN|BRL|ZAR|AED|ILS|UAH|THB"
)
_MONEY = re.compile(
    r"(?<![^\W\d_])(?:" + _CURRENCIES + r"|euro|zł|kč|kr|sfr)(?![^\W_])|[€£$¥₹₺]",
    re.IGNORECASE,
)


def currency(record: Record, page: PageText) -> Iterator[Disagreement]:
    """The page names currencies, but not the part's."""
    told = record.values.get("currency")
    if not isinstance(told, str):
        return
    shown: dict[str, Place] = {}
    for place in page.finditer(_MONEY):
        for code in _SYMBOLS.get(place.text.casefold(), {place.text.upper()}):
            shown.setdefault(code, place)
    if shown and told.upper() not in shown:
        yield found_on(page, "currency", told, next(iter(shown.values())))


def is_value(text: str, record: Record) -> bool:
    """Whether the part has an element that says just this."""
    wanted = compact(text)
    return any(wanted == compact(one) for one in record.mentions)


def compact(text: str) -> str:
    return "".join(one for one in text if one.isalnum()).upper()
