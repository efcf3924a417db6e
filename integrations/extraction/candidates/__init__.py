"""Every place on a sheet that may hold a value, by kind of value."""

from __future__ import annotations

from collections.abc import Callable

from integrations.extraction.candidates import amounts, codes, dates
from integrations.extraction.candidates.base import MAX_CANDIDATES, Candidate, bounded
from integrations.extraction.layout import Sheet

# Kinds whose candidates stand at a point of the sheet; spans of words have their own way.
_FINDERS: dict[str, Callable[[Sheet], list[Candidate]]] = {
    "date": dates.find,
    "amount": amounts.find,
    "code": codes.find_codes,
    "iban": codes.find_ibans,
    "vat_id": codes.find_vat_ids,
    "currency": codes.find_currencies,
}
POINTS = frozenset(_FINDERS)
# How many numbers a kind's candidates carry of their own.
NUMBERS = {"date": 10, "amount": 19, "code": 8, "iban": 4, "vat_id": 4, "currency": 3}


def find(kind: str, sheet: Sheet) -> list[Candidate]:
    """The candidates of a kind in POINTS, in reading order, at most MAX_CANDIDATES."""
    return bounded(_FINDERS[kind](sheet))


__all__ = ["MAX_CANDIDATES", "NUMBERS", "POINTS", "Candidate", "find"]
