"""Where an extracted value stands, as evidence for people."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.documents.model import Box
from integrations.extraction.candidates import Candidate
from integrations.extraction.layout import Sheet, Token
from integrations.providers.base import Evidence, GivenDocument


def evidence_of(
    sheet: Sheet, candidate: Candidate, documents: Sequence[GivenDocument]
) -> tuple[Evidence, ...]:
    """One place a line of the value."""
    return tuple(place(sheet, first, last, documents) for first, last in candidate.parts)


def place(sheet: Sheet, first: int, last: int, documents: Sequence[GivenDocument]) -> Evidence:
    tokens = sheet.tokens[first : last + 1]
    head = tokens[0]
    number, page, _ = sheet.pages[head.page]
    return Evidence(
        source="ocr" if sheet.sources[head.page] == "ocr" else "text",
        document=documents[number].id,
        page=page,
        box=_around(tokens),
        start=min(token.start for token in tokens),
        end=max(token.end for token in tokens),
        text=" ".join(token.text for token in tokens),
    )


def _around(tokens: Sequence[Token]) -> Box | None:
    boxes = [token.box for token in tokens if token.box is not None]
    if not boxes:
        return None
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )
