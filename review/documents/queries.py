"""Documents as faces show them: rows in one statement, words and pictures from their blobs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.urls import reverse

from integrations.documents.model import Page as ReadPage
from integrations.documents.model import ReadDocument
from review.documents import blobs, layout
from review.documents.cache import LayoutCache
from review.documents.models import Document, Page

SIZES = ("screen", "zoom")
_DOCUMENTS_SQL = """
    SELECT d.id, d.item_id, d.parent_id, d.position, d.name, d.size_bytes, d.sha256, d.media_type,
           d.state, d.refusal, d.refusal_message, d.notes, d.page_count, d.layout, k.wrapped,
           p.number, p.width, p.height, p.source, p.screen, p.zoom
    FROM review_document d
    LEFT JOIN review_itemkey k ON k.item_id = d.item_id
    LEFT JOIN review_page p ON p.document_id = d.id
    WHERE {condition}
    ORDER BY d.item_id, d.position, p.number
"""


@dataclass(frozen=True, slots=True)
class PageView:
    """A page for the viewer. Addresses are "" where there is nothing: screen and zoom on a page
    without a picture (width and height are 0 then too). words answers {"words": [...]}."""

    number: int
    width: int  # pixels of the zoom picture
    height: int
    source: str  # text, ocr
    screen_url: str
    zoom_url: str
    words_url: str


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document for a screen. pages is empty until state is ready.

    state: received, ready, refused. refusal is the code, refusal_message a sentence for people.
    parent_id names the document that this one was attached to.
    """

    id: UUID
    item_id: UUID
    parent_id: UUID | None
    position: int
    name: str
    size_bytes: int
    sha256: str
    media_type: str
    state: str
    refusal: str
    refusal_message: str
    notes: tuple[str, ...]
    page_count: int
    pages: tuple[PageView, ...]
    layout: str = field(repr=False)
    wrapped_key: bytes | None = field(repr=False)

    @property
    def is_ready(self) -> bool:
        return self.state == Document.State.READY

    @property
    def is_refused(self) -> bool:
        return self.state == Document.State.REFUSED


def documents_of(item_id: UUID) -> list[DocumentView]:
    """The item's documents in their order, with pages; one statement."""
    return documents_of_many([item_id]).get(item_id, [])


def documents_of_many(item_ids: Iterable[UUID]) -> dict[UUID, list[DocumentView]]:
    """Documents by item; items without any are left out. One statement."""
    return _read("d.item_id = ANY(%s)", [list(item_ids)])


def _read(condition: str, values: list[Any]) -> dict[UUID, list[DocumentView]]:
    with connection.cursor() as cursor:
        cursor.execute(_DOCUMENTS_SQL.format(condition=condition), values)
        rows = cursor.fetchall()
    found: dict[UUID, list[DocumentView]] = {}
    pages: dict[UUID, list[PageView]] = {}
    for row in rows:
        if row[15] is not None:
            pages.setdefault(row[0], []).append(_page_view(row[0], *row[15:]))
    seen: set[UUID] = set()
    for row in rows:
        if row[0] in seen:
            continue
        seen.add(row[0])
        notes = json.loads(row[11]) if isinstance(row[11], str) else row[11]
        wrapped = None if row[14] is None else bytes(row[14])
        mine = tuple(pages.get(row[0], ()))
        values = [*row[:11], tuple(notes), row[12], mine, row[13], wrapped]
        found.setdefault(row[1], []).append(DocumentView(*values))
    return found


def layout_of(document: DocumentView) -> ReadDocument:
    """All words of a document that is ready; no statement, the blob at most once in a while.

    Raises LookupError for a document that is not ready, blobs.Missing where the item's key was
    destroyed or its blob is gone.
    """
    if not document.layout:
        raise LookupError("This document has not been read.")
    data_key = blobs.unwrap(document.item_id, document.wrapped_key)
    kept = _cache.get(document.layout)
    if kept is None:
        kept = layout.unpack(blobs.read(document.layout, data_key))
        _cache.keep(document.layout, kept)
    return kept


def page_of(document: DocumentView, number: int) -> ReadPage | None:
    """One page with its words; None if there is none. Raises as layout_of."""
    return next((page for page in layout_of(document).pages if page.number == number), None)


def view_of(document_id: UUID) -> DocumentView | None:
    """One document with its pages, whoever asks; None if there is none. One statement."""
    found = _read("d.id = %s", [document_id])
    return next((one for views in found.values() for one in views), None)


def picture_of(document_id: UUID, number: int, size: str) -> bytes:
    """A page's picture (WebP) in size screen or zoom; one statement.

    Raises LookupError where the page or its picture does not exist, and as layout_of.
    """
    if size not in SIZES:
        raise LookupError("Pictures are screen or zoom.")
    row = (
        Page.objects.filter(document_id=document_id, number=number)
        .values_list(size, "document__item_id", "document__item__key__wrapped")
        .first()
    )
    if row is None or not row[0]:
        raise LookupError("There is no such picture.")
    return blobs.read(row[0], blobs.unwrap(row[1], row[2]))


def _page_view(
    document_id: UUID,
    number: int,
    width: int,
    height: int,
    source: str,
    screen: str,
    zoom: str,
) -> PageView:
    return PageView(
        number=number,
        width=width,
        height=height,
        source=source,
        screen_url=_picture_url(document_id, number, "screen", screen),
        zoom_url=_picture_url(document_id, number, "zoom", zoom),
        words_url=reverse("document-words", args=[document_id, number]),
    )


def _picture_url(document_id: UUID, number: int, size: str, blob: str) -> str:
    """With the blob's own random name as version: another reading has another address."""
    if not blob:
        return ""
    return f"{reverse('document-page', args=[document_id, number, size])}?v={blob[-12:]}"


_cache = LayoutCache()
