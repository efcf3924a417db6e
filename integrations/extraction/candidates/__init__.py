"""Every place on a sheet that may hold a value, by kind of value."""

from __future__ import annotations

import json
from collections.abc import Callable

from integrations.extraction.candidates import amounts, closed, codes, dates
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
# Kinds that carry what they look for behind a colon: a pattern, or choices as JSON.
TOKEN, CHOICE = "token", "choice"
# How many numbers a kind's candidates carry of their own.
NUMBERS = {
    "date": 10, "amount": 19, "code": 8, "iban": 4, "vat_id": 4, "currency": 4,
    TOKEN: 3, CHOICE: 3,
}  # fmt: skip


def numbers_of(kind: str) -> int:
    return NUMBERS[kind.partition(":")[0]]


def find(kind: str, sheet: Sheet) -> list[Candidate]:
    """The candidates of a kind in reading order, at most MAX_CANDIDATES."""
    name, _, wanted = kind.partition(":")
    if name == TOKEN:
        return bounded(closed.find_tokens(sheet, wanted))
    if name == CHOICE:
        return bounded(closed.find_choices(sheet, json.loads(wanted)))
    return bounded(_FINDERS[name](sheet))


__all__ = ["CHOICE", "MAX_CANDIDATES", "TOKEN", "Candidate", "find", "numbers_of"]
