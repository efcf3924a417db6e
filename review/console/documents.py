"""An item's documents as the review screen shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from review.routing.words import REFUSALS

_KINDS = {
    "application/pdf": "PDF",
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/tiff": "TIFF",
    "message/rfc822": "E-mail",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "text/plain": "Text",
    "application/xml": "XML",
    "text/xml": "XML",
}


@dataclass(frozen=True, slots=True)
class ShownPage:
    """One page; width and height are 0 where it is text without a picture."""

    number: int
    width: int
    height: int
    is_scan: bool
    is_first: bool  # of all that is shown: its picture is fetched before the others

    @property
    def has_picture(self) -> bool:
        return self.width > 0 and self.height > 0


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """state is ready, received (still being read) or refused; problem says why, in words."""

    id: str
    name: str
    kind: str
    state: str
    problem: str
    notes: tuple[str, ...]
    is_attachment: bool
    pages: tuple[ShownPage, ...]
    is_current: bool  # the one that is open when the screen is drawn

    @property
    def is_text(self) -> bool:
        return bool(self.pages) and not any(page.has_picture for page in self.pages)


def shown(rows: Sequence[Mapping[str, Any]]) -> tuple[ShownDocument, ...]:
    """Documents in their order; the first that can be read is open."""
    current = next((one["id"] for one in rows if one["state"] == "ready"), None)
    if current is None and rows:
        current = rows[0]["id"]
    return tuple(_shown(one, is_current=one["id"] == current) for one in rows)


def _shown(one: Mapping[str, Any], *, is_current: bool) -> ShownDocument:
    pages = tuple(
        ShownPage(number, width, height, source == "ocr", is_current and at == 0)
        for at, (number, width, height, source) in enumerate(one["pages"] or ())
    )
    return ShownDocument(
        id=one["id"],
        name=one["name"],
        kind=_KINDS.get(one["media_type"], ""),
        state=one["state"],
        problem=_problem(one),
        notes=tuple(one["notes"] or ()),
        is_attachment=one["parent"] is not None,
        pages=pages,
        is_current=is_current,
    )


def _problem(one: Mapping[str, Any]) -> str:
    if one["state"] == "received":
        return "This file is still being read."
    if one["state"] != "refused":
        return ""
    return one["refusal_message"] or f"This file is not read: {REFUSALS.get(one['refusal'], '')}."
