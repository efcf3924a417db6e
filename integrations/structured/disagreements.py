"""Do the page and the invoice embedded in its file say the same?

What a person would pay by is the page, what a machine books is the part for machines; a file in
which they differ is a mistake or a fraud. Each value of the part is looked for on the page in every
usual way to print one of its kind. A value that is not there speaks against the file only with a
second witness, since pages leave things out: another value of that kind that the part knows nothing
of, or the page's own totals. Two are always printed: the invoice's number and its date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from rapidfuzz import fuzz

from integrations.documents.model import ReadDocument
from integrations.structured.collecting import day as iso_day
from integrations.structured.model import Disagreement, Record
from integrations.structured.pagenumbers import dates_in
from integrations.structured.pagetext import PageText, Place
from integrations.structured.witnesses import (
    accounts,
    compact,
    currency,
    found_on,
    is_value,
    tax_number,
)

# A page with fewer words is a picture that was not read: it witnesses nothing.
FEWEST_WORDS = 20
CENT = Decimal("0.01")
# What rounding each line may leave between net, tax and gross (EN 16931, BR-CO-15, in use).
ROUNDING = Decimal("0.02")


def disagreements(record: Record, read: ReadDocument) -> list[Disagreement]:
    """The terms on which a structured invoice and the pages of its file differ.

    Nothing where the part could not be read, is a document of its own, or the pages say nothing.
    """
    page = PageText(record.document, read)
    if record.source != "xml" or record.fault or "xml" in read.media_type:
        return []
    if page.word_count < FEWEST_WORDS:
        return []
    judges = (_codes, _dates, accounts, tax_number, currency, _names, _amounts, _lines)
    return [found for judge in judges for found in judge(record, page)]


def _codes(record: Record, page: PageText) -> Iterator[Disagreement]:
    number = record.values.get("invoice_number")
    if isinstance(number, str) and page.code(number) is None:
        yield found_on(page, "invoice_number", number, _nearest_code(number, page))
    order = record.values.get("purchase_order")
    if isinstance(order, str) and page.code(order) is None:
        near = _nearest_code(order, page) or _labelled_order(page)
        if near is not None and not is_value(near.text, record):
            yield found_on(page, "purchase_order", order, near)


_ORDER = re.compile(
    r"(?:bestellung|bestell-?n|auftrag|purchase order|order|p\.?o\.?|commande|bestelling"
    r"|bestelnummer|pedido|ordine)"
    r"[^\n\d]{0,15}?(?=([^\W_][\w\-/.]*\d[\w\-/.]*[^\W_]))",
    re.IGNORECASE,
)


def _labelled_order(page: PageText) -> Place | None:
    for sheet in page.pages:
        for found in _ORDER.finditer(sheet.text):
            place = Place(sheet, *found.span(1))
            if not dates_in(place.text):
                return place
    return None


_CODE = re.compile(r"[^\W_][\w\-/.]*[^\W_]")


def _nearest_code(value: str, page: PageText) -> Place | None:
    """A code on the page that is nearly the same."""
    best, best_score = None, 75.0
    for place in page.finditer(_CODE):
        if any(one.isdigit() for one in place.text):
            score = fuzz.ratio(value.casefold(), place.text.casefold())
            if score > best_score:
                best, best_score = place, score
    return best


def _dates(record: Record, page: PageText) -> Iterator[Disagreement]:
    issued = _day(record.values.get("issue_date"))
    if issued is not None and page.day(issued) is None and page.dates:
        yield found_on(page, "issue_date", issued.isoformat(), _unexplained_day(record, page, None))
    due = _day(record.values.get("due_date"))
    if due is None or page.day(due) is not None or _is_told_in_days(issued, due, page):
        return
    later = _unexplained_day(record, page, issued)
    if later is not None:
        yield found_on(page, "due_date", due.isoformat(), later)


def _day(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else None


def _unexplained_day(record: Record, page: PageText, after: date | None) -> Place | None:
    """A date on the page that the part does not know; with `after`, one in the year behind it."""
    known = {found for text in record.mentions if (found := iso_day(text)) is not None}
    for sheet, one in page.dates:
        days = {day for day in one.days if day.isoformat() not in known}
        if days < one.days:  # one of its meanings is known
            continue
        if after is not None and _DISCOUNT.search(sheet.text, max(0, one.start - 40), one.start):
            continue
        if after is None or any(after < day <= after + timedelta(days=366) for day in days):
            return Place(sheet, one.start, one.end)
    return None


# A date before which less is paid is no due date, though it lies before one.
_DISCOUNT = re.compile(r"skonto|discount|escompte|korting|sconto|descuento", re.IGNORECASE)
_DAYS = re.compile(
    r"(?<!\d)(\d{1,3})\s*(?:tage|tagen|days?|jours?|jrs?|dagen|d[ií]as|giorni|dias|dni|j)\b",
    re.IGNORECASE,
)


def _is_told_in_days(issued: date | None, due: date, page: PageText) -> bool:
    """Whether the page says the due date as so many days from the invoice's date."""
    if issued is None:
        return False
    days = (due - issued).days
    return any(
        int(found[1]) == days for sheet in page.pages for found in _DAYS.finditer(sheet.text)
    )


# Words that a name may be printed without: legal forms and forms of address.
_FORMS = re.compile(
    r"(?<![^\W_])(?:GmbH|mbH|AG|KG|KGaA|OHG|UG|GbR|e\.?K|eG|SE|SARL|SAS|EURL|S\.?A\.?R\.?L|S\.?A\.?S|S\.?A"
    r"|B\.?V|N\.?V|Ltd|Limited|LLC|LLP|PLC|Inc|Corp|S\.?p\.?A|S\.?r\.?l|S\.?L|A/S|ApS|AB|Oy|AS|Co|und"
    r"|and|et|Herrn?|Frau|Mr|Mrs|Ms|M|Mme|Dr|Firma)\.?(?![^\W_])",
    re.IGNORECASE,
)


def _names(record: Record, page: PageText) -> Iterator[Disagreement]:
    """A party's name is printed, be it without its legal form or torn apart by columns; and nobody
    sends an invoice to itself."""
    seller, buyer = (record.values.get(term) for term in ("seller_name", "buyer_name"))
    if isinstance(seller, str) and isinstance(buyer, str) and compact(seller) == compact(buyer):
        yield found_on(page, "seller_name", seller, None)
    for term in ("seller_name", "buyer_name"):
        told = record.values.get(term)
        if not isinstance(told, str) or not compact(told):
            continue
        short = _FORMS.sub(" ", told)
        short = short if len(compact(short)) >= 3 else told
        if not (page.name(told) or page.name(short) or page.has_words_nearby(short)):
            yield found_on(page, term, told, _similar_name(short, page))


def _similar_name(told: str, page: PageText) -> Place | None:
    wanted = " ".join(told.casefold().split())
    for line in page.lines():
        near = fuzz.partial_ratio_alignment(wanted, line.text.casefold(), score_cutoff=75)
        if near is not None and near.dest_end - near.dest_start >= len(wanted) / 2:
            return Place(line.page, line.start + near.dest_start, line.start + near.dest_end)
    return None


_TOTALS = ("net_total", "tax_total", "gross_total")


def _amounts(record: Record, page: PageText) -> Iterator[Disagreement]:
    told = {
        term: Decimal(str(value))
        for term in (*_TOTALS, "amount_due", "prepaid", "rounding")
        if isinstance(value := record.values.get(term), float)
    }
    if not page.numbers:
        return
    derived = _derived(told)
    shown = {term: page.amount(told[term]) for term in (*_TOTALS, "amount_due") if term in told}
    found: list[Disagreement] = []
    for term, place in shown.items():
        other = derived.get(term)
        if place is None:
            if not _is_implied(term, told, other, shown):
                place = page.amount(other) if other is not None and other != told[term] else None
                found.append(found_on(page, term, float(told[term]), place))
        elif other is not None and abs(other - told[term]) > ROUNDING:
            # The part contradicts itself; the page sides with what the other totals come to.
            place = page.amount(other)
            if place is not None:
                found.append(found_on(page, term, float(told[term]), place))
    gross = derived.get("gross_total")
    if not found and gross is not None and abs(gross - told["gross_total"]) > ROUNDING:
        found.append(found_on(page, "gross_total", float(told["gross_total"]), None))
    yield from found


def _derived(told: dict[str, Decimal]) -> dict[str, Decimal]:
    """What each total comes to by the others."""
    found: dict[str, Decimal] = {}
    if all(term in told for term in _TOTALS):
        net, tax, gross = (told[term] for term in _TOTALS)
        found = {"net_total": gross - tax, "tax_total": gross - net, "gross_total": net + tax}
    if "gross_total" in told and "amount_due" in told:
        nothing = Decimal(0)
        found["amount_due"] = (
            told["gross_total"] - told.get("prepaid", nothing) + told.get("rounding", nothing)
        )
    return found


def _is_implied(
    term: str,
    told: dict[str, Decimal],
    other: Decimal | None,
    shown: dict[str, Place | None],
) -> bool:
    """Whether a total that the page leaves out follows from those that it prints."""
    if term == "tax_total" and told[term] == 0:
        return True
    if term not in {"net_total", "tax_total"} or other is None:
        return False
    partners = [shown[one] for one in _TOTALS if one != term]
    return all(partners) and abs(other - told[term]) < CENT


def _lines(record: Record, page: PageText) -> Iterator[Disagreement]:
    """A row's amount or quantity that the page does not print, while it prints those of others."""
    for column in ("net_amount", "quantity"):
        told = [value for row in record.lines if isinstance(value := row.get(column), float)]
        missing = [one for one in told if page.number(Decimal(str(one))) is None]
        if missing and len(missing) < max(2, len(told)):
            yield Disagreement("lines", missing[0], None)
            return
