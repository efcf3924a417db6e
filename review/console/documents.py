"""An item's documents as the review screen shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import reverse

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
    """One page; width and height are 0 and addresses "" where it is text without a picture."""

    number: int
    width: int
    height: int
    is_scan: bool
    is_first: bool  # of all that is shown: its picture is fetched before the others
    screen_url: str
    zoom_url: str
    words_url: str

    @property
    def has_picture(self) -> bool:
        return self.screen_url != ""


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
        _page(one["id"], page, is_first=is_current and at == 0)
        for at, page in enumerate(one["pages"] or ())
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


def _page(document: str, page: Sequence[Any], *, is_first: bool) -> ShownPage:
    number, width, height, source, screen, zoom = page
    pictures, words = _addresses(document)
    return ShownPage(
        number=number,
        width=width,
        height=height,
        is_scan=source == "ocr",
        is_first=is_first,
        screen_url=f"{pictures}{number}/screen?v={screen}" if screen else "",
        zoom_url=f"{pictures}{number}/zoom?v={zoom}" if zoom else "",
        words_url=f"{words}{number}",
    )


@lru_cache(maxsize=64)
def _addresses(document: str) -> tuple[str, str]:
    """What the addresses of a document's pictures and words begin with: asking for each of
    thirty pages costs more than the rest of the screen."""
    picture = reverse("document-page", args=[document, 1, "screen"])
    words = reverse("document-words", args=[document, 1])
    return picture.removesuffix("1/screen"), words.removesuffix("1")


def _problem(one: Mapping[str, Any]) -> str:
    if one["state"] == "received":
        return "This file is still being read."
    if one["state"] != "refused":
        return ""
    return one["refusal_message"] or f"This file is not read: {REFUSALS.get(one['refusal'], '')}."
