"""What came of reading a document: its pages or its refusal, in one short transaction."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from governance.identifiers import uuid7
from governance.ledger.operations import Event, append_many
from governance.privacy.redact import commitment
from integrations.documents.model import Attachment, Normalised, Rendition
from review.documents import blobs, layout
from review.documents.fingerprint import bands, mark_of
from review.documents.models import Document, Page
from review.documents.names import clean_name
from review.items.jobs import propose
from review.items.models import Item

_ACTOR = "system:reading"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a document is left to people; message is for them and repeats nothing of the file."""

    code: str
    message: str


TOO_MANY = Refusal("too_many_attachments", "The item has more files within files than are read.")
TOO_DEEP = Refusal("nested_too_deep", "Files lie within files deeper than they are read.")


@dataclass(frozen=True, slots=True)
class _Written:
    """Names of the blobs of one reading."""

    layout: str
    pictures: tuple[tuple[str, str], ...]  # screen and zoom by page, "" where there is none
    attachments: tuple[str, ...]


def keep(document: Document, normalised: Normalised, data_key: bytes) -> None:
    """Store what was read, then record it; nothing but the blobs' removal if the lease was lost."""
    read = normalised.document
    dumped = layout.pack(read)
    mark = mark_of(read.text)
    announced = blobs.announce([document.item_id] * _blob_count(normalised))
    written = _write(announced, normalised, dumped, data_key)
    is_kept = False
    with transaction.atomic():
        item, current = _lock(document)
        if current is not None:
            is_kept = _record(item, current, normalised, written, dumped, mark)
            if is_kept:
                blobs.settle(announced)
    if not is_kept:
        blobs.discard(announced)


def _record(
    item: Item,
    document: Document,
    normalised: Normalised,
    written: _Written,
    dumped: bytes,
    mark: int | None,
) -> bool:
    """Write the rows; False where the document was refused instead, and its blobs are not used."""
    now = timezone.now()
    read = normalised.document
    children = _children(item, document, normalised.attachments, written.attachments, now)
    if children is None:
        _refuse(item, document, TOO_MANY)
        return False
    Page.objects.bulk_create(
        Page(
            document=document,
            number=page.number,
            width=page.width,
            height=page.height,
            source=page.source,
            screen=screen,
            zoom=zoom,
        )
        for page, (screen, zoom) in zip(read.pages, written.pictures, strict=True)
    )
    Document.objects.bulk_create(children)
    Document.objects.filter(pk=document.pk).update(
        state=Document.State.READY,
        media_type=read.media_type[:100],
        page_count=len(read.pages),
        notes=list(read.notes),
        fingerprint=mark,
        bands=bands(mark),
        layout=written.layout,
        lease_until=None,
        read_at=now,
    )
    data = {
        "document": str(document.pk),
        "media_type": read.media_type[:100],
        "pages": len(read.pages),
        "attempt": document.attempts,
        "attachments": len(children),
        # What was read, without saying it: the words decide, so they must be provable later.
        "layout": commitment(hashlib.sha256(dumped).hexdigest(), bytes(item.salt)),
    }
    events = [_event(item, "document.read", data)]
    events += [received_event(item, child, _ACTOR) for child in children]
    refused = [child for child in children if child.state == Document.State.REFUSED]
    events += [_refused_event(item, child, TOO_DEEP) for child in refused]
    waiting = [child for child in children if child.state == Document.State.RECEIVED]
    _move_on(item, len(waiting) - 1, now)
    append_many(events)
    for child in waiting:
        hint_read(child.pk)
    return True


def refuse(document: Document, refusal: Refusal) -> None:
    """Leave a document to people; nothing if the lease was lost."""
    with transaction.atomic():
        item, current = _lock(document)
        if current is not None:
            _refuse(item, current, refusal)


def _refuse(item: Item, document: Document, refusal: Refusal) -> None:
    now = timezone.now()
    Document.objects.filter(pk=document.pk).update(
        state=Document.State.REFUSED,
        refusal=refusal.code[:40],
        refusal_message=refusal.message[:300],
        lease_until=None,
        read_at=now,
    )
    _move_on(item, -1, now)
    append_many([_refused_event(item, document, refusal)])


def _lock(document: Document) -> tuple[Item, Document | None]:
    """The item's row, then the document's if it is still this attempt's to write."""
    item = Item.objects.select_for_update().defer("payload").get(pk=document.item_id)
    current = (
        Document.objects.select_for_update()
        .filter(pk=document.pk, state=Document.State.RECEIVED, attempts=document.attempts)
        .first()
    )
    return item, current


def _move_on(item: Item, by: int, now: datetime) -> None:
    """Count the item's documents that are still to be read; at none a candidate is asked for."""
    item.documents_pending += by
    changed = ["documents_pending"]
    if item.documents_pending == 0:
        item.not_before = now
        item.hint_at = now + timedelta(seconds=settings.HINT_GRACE_SECONDS)
        changed += ["not_before", "hint_at"]
        propose.delay_on_commit([str(item.pk)])
    item.save(update_fields=changed)


def _children(
    item: Item,
    document: Document,
    attachments: Sequence[Attachment],
    names: Sequence[str],
    now: datetime,
) -> list[Document] | None:
    """Rows of the attachments, behind the item's other documents; None if there are too many."""
    if not attachments:
        return []
    last = Document.objects.filter(item=item).aggregate(last=Max("position"))["last"]
    if last + 1 + len(attachments) > settings.DOCUMENTS_OF_AN_ITEM:
        return None
    depth = document.depth + 1
    is_too_deep = depth > settings.DOCUMENT_MAX_DEPTH
    children = []
    for offset, (attachment, name) in enumerate(zip(attachments, names, strict=True), start=1):
        child = new_document(
            item.pk, last + offset, attachment.name, attachment.content, blob=name, now=now
        )
        child.parent_id, child.depth = document.pk, depth
        if is_too_deep:
            child.state = Document.State.REFUSED
            child.refusal, child.refusal_message = TOO_DEEP.code, TOO_DEEP.message
            child.read_at = now
        children.append(child)
    return children


def new_document(
    item_id: UUID, position: int, name: str, content: bytes, *, blob: str, now: datetime
) -> Document:
    """An unsaved row of a file that waits to be read."""
    return Document(
        id=uuid7(),
        item_id=item_id,
        position=position,
        name=clean_name(name),
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        blob=blob,
        hint_at=now + timedelta(seconds=settings.HINT_GRACE_SECONDS),
    )


def hint_read(document_id: UUID) -> None:
    """Once the transaction is committed, hint that a document wants to be read."""
    from review.documents.jobs import read

    read.delay_on_commit(str(document_id))


def received_event(item: Item, document: Document, actor: str) -> Event:
    data: dict[str, Any] = {
        "document": str(document.pk),
        "position": document.position,
        # Not the digest itself: who has the file could tell for ever that it was here.
        "sha256": commitment(document.sha256, bytes(item.salt)),
        "size_bytes": document.size_bytes,
    }
    if document.parent_id is not None:
        data["parent"] = str(document.parent_id)
    return _event(item, "document.received", data, actor)


def _refused_event(item: Item, document: Document, refusal: Refusal) -> Event:
    data = {
        "document": str(document.pk),
        "code": refusal.code[:40],
        "attempts": document.attempts,
    }
    return _event(item, "document.refused", data)


def _event(item: Item, kind: str, data: dict[str, Any], actor: str = _ACTOR) -> Event:
    return Event(kind=kind, item=item.pk, process=item.process_id, actor=actor, data=data)


def _blob_count(normalised: Normalised) -> int:
    pictures = sum(2 for one in normalised.renditions if one is not None)
    return 1 + pictures + len(normalised.attachments)


def _write(
    announced: blobs.Announced, normalised: Normalised, dumped: bytes, data_key: bytes
) -> _Written:
    names = iter(announced.names)

    def put(content: bytes) -> str:
        name = next(names)
        blobs.write(name, data_key, content)
        return name

    def pictures(rendition: Rendition | None) -> tuple[str, str]:
        return ("", "") if rendition is None else (put(rendition.screen), put(rendition.zoom))

    return _Written(
        layout=put(dumped),
        pictures=tuple(pictures(one) for one in normalised.renditions),
        attachments=tuple(put(one.content) for one in normalised.attachments),
    )
