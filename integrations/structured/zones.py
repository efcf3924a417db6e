"""Machine-readable zones found among a page's words or in a text, as records.

Recognition of print miscounts fillers and confuses letters with digits. What a position must hold
(a date has digits, a state has letters) can tell which was meant, and the check digits then prove
it; nothing else is changed, and every change is told. A zone that still does not prove itself is
kept as it was read, so that the check of the contract fails on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from integrations.documents.model import Page
from integrations.documents.words import words_in
from integrations.providers.base import Evidence, GivenDocument
from integrations.structured import mrz
from integrations.structured.model import Record, Value
from integrations.structured.mrz import FILLER, LAYOUTS, Layout, Span, Zone

_WIDTHS = {30: 3, 36: 2, 44: 2}
_SLACK = 4  # fillers that recognition may add to a line or lose from it
_LOOKS_LIKE = re.compile(r"[A-Z0-9<]{26,}")
_FILLERS = str.maketrans({"«": "<<", "»": "<<", "‹": "<", "›": "<", "＜": "<", "≤": "<"})
_AS_DIGIT = str.maketrans("OQDILZSGB", "000112568")
_AS_LETTER = str.maketrans("01258", "OIZSB")
# Letters that recognition sees in a row of fillers.
_IN_FILLERS = re.compile(r"(?<=<)[KCLSE](?=<<)|(?<=<<)[KCLSE](?=<)")
_RUN = re.compile(r"<+")


@dataclass(frozen=True, slots=True)
class _Line:
    text: str  # capitals, digits and fillers, without blanks
    start: int
    end: int


def zones_in(documents: Sequence[GivenDocument], *, day: date) -> list[Record]:
    """A record for each zone on the pages of the documents, in their order."""
    return [
        record
        for document in documents
        for page in document.read.pages
        for record in _on_page(page, document.id, day)
    ]


def zone_in_text(text: str, *, path: str, day: date) -> Record | None:
    """The record of a zone that a field of the payload holds; path is the field's."""
    lines = mrz.lines_of(text)
    if not 2 <= len(lines) <= 3 or not all(_LOOKS_LIKE.fullmatch(line) for line in lines):
        return None
    evidence = Evidence("input", path=path, end=len(text), text=text)
    return _record(lines, lines, "", evidence, day)


def _on_page(page: Page, document: str, day: date) -> Iterator[Record]:
    lines = list(_lines(page))
    at = 0
    while at < len(lines):
        group = _group(lines, at)
        if not group:
            at += 1
            continue
        at += len(group)
        start, end = group[0].start, group[-1].end
        raw = page.text[start:end]
        evidence = Evidence(
            "mrz", document, page.number, words_in(page, start, end), start, end, text=raw
        )
        seen = tuple(line.text for line in group)
        yield _record(seen, _mended(seen, day), document, evidence, day)


def _lines(page: Page) -> Iterator[_Line]:
    """Printed lines that could be one of a zone; blanks within them are recognition's."""
    start = 0
    for row in page.text.split("\n"):
        text = "".join(row.upper().translate(_FILLERS).split())
        if _LOOKS_LIKE.fullmatch(text):
            yield _Line(text, start, start + len(row))
        start += len(row) + 1


def _group(lines: list[_Line], at: int) -> list[_Line]:
    """The lines of one zone that begin here: neighbours of about one width; [] if there is none."""
    for width, count in sorted(_WIDTHS.items(), reverse=True):
        group = lines[at : at + count]
        is_near = all(abs(len(line.text) - width) <= _SLACK for line in group)
        is_together = all(b.start - a.end <= 3 for a, b in pairwise(group))
        if len(group) == count and is_near and is_together and _has_fillers(group):
            return group
    return []


def _has_fillers(group: list[_Line]) -> bool:
    """A zone is told from other print in capitals by its fillers and its document's code."""
    return sum(line.text.count(FILLER) for line in group) >= 3 and any(
        line.text[0] in "PVACI" for line in group
    )


def _record(
    seen: tuple[str, ...],
    mended: tuple[str, ...] | None,
    document: str,
    evidence: Evidence,
    day: date,
) -> Record:
    lines = mended or seen
    zone = mrz.read(lines, day=day)
    if zone is None or zone.faults:
        return Record("mrz", document, {"mrz": "\n".join(seen)}, (), {"mrz": evidence}, "invalid")
    values = _values(zone)
    places = dict.fromkeys(values, evidence)
    return Record("mrz", document, values, (), places, _fault(seen, lines))


def _fault(seen: tuple[str, ...], lines: tuple[str, ...]) -> str:
    """ "" where only the number of fillers differs, which says nothing, else `repaired`."""
    if all(_RUN.sub(FILLER, a) == _RUN.sub(FILLER, b) for a, b in zip(seen, lines, strict=True)):
        return ""
    return "repaired"


def _values(zone: Zone) -> dict[str, Value]:
    values: dict[str, Value] = {
        "mrz": "\n".join(zone.lines),
        "document_type": zone.document_code,
        "issuing_state": zone.issuing_state,
        "nationality": zone.nationality,
        "document_number": zone.document_number,
        "sex": zone.sex,
        "surname": zone.surname,
        "given_names": zone.given_names,
        "full_name": f"{zone.given_names} {zone.surname}".strip(),
    }
    if zone.birth_date is not None:
        values["birth_date"] = zone.birth_date.isoformat()
    if zone.expiry_date is not None:
        values["expiry_date"] = zone.expiry_date.isoformat()
    return {term: value for term, value in values.items() if value != ""}


def _mended(seen: tuple[str, ...], day: date) -> tuple[str, ...] | None:
    """The lines as they must have been printed, if that proves itself; None if nothing does."""
    width = min(
        _WIDTHS, key=lambda one: abs(one - len(seen[0])) if _WIDTHS[one] == len(seen) else 99
    )
    # K counts as nothing in check digits (20 modulo 10): one among fillers must be cleared first,
    # since nothing would prove it wrong.
    plain = [_IN_FILLERS.sub(FILLER, line) for line in seen]
    for first in (plain, list(seen)):
        for lines in _fitted(first, width):
            if not list(mrz.faults(lines, day=day)):
                return lines
            typed = _typed(lines)
            if typed is not None and not list(mrz.faults(typed, day=day)):
                return typed
    return None


def _fitted(lines: list[str], width: int) -> Iterator[tuple[str, ...]]:
    """The lines brought to the width by the length of one of their runs of fillers each."""
    options = [list(_lengths(line, width)) for line in lines]
    if not all(options):
        return
    combined: list[tuple[str, ...]] = [()]
    for choices in options:
        combined = [(*before, one) for before in combined for one in choices[:6]]
    yield from combined


def _lengths(line: str, width: int) -> Iterator[str]:
    missing = width - len(line)
    if missing == 0:
        yield line
        return
    # The longest run is the likeliest to be miscounted.
    for run in sorted(_RUN.finditer(line), key=lambda one: one.start() - one.end()):
        length = run.end() - run.start() + missing
        if length >= 1 and run.end() - run.start() >= 2:
            yield line[: run.start()] + FILLER * length + line[run.end() :]


def _typed(lines: tuple[str, ...]) -> tuple[str, ...] | None:
    """The lines with letters as digits and digits as letters where only those may stand."""
    kind = mrz.format_of(lines)
    if kind is None:
        return None
    rows = [list(line) for line in lines]
    layout = LAYOUTS[kind]
    for span in _digits_only(layout):
        _change(rows, span, _AS_DIGIT)
    for span in (layout.issuer, layout.nationality, layout.names):
        _change(rows, span, _AS_LETTER)
    return tuple("".join(row) for row in rows)


def _digits_only(layout: Layout) -> Iterator[Span]:
    for span in (layout.birth, layout.expiry):
        yield span
        yield Span(span.line, span.end, span.end + 1)
    yield Span(layout.number.line, layout.number.end, layout.number.end + 1)
    if layout.composite is not None:
        yield layout.composite[1]


def _change(rows: list[list[str]], span: Span, table: dict[int, int]) -> None:
    for at in range(span.start, span.end):
        rows[span.line][at] = rows[span.line][at].translate(table)
