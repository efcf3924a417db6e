"""Files as they are handed in, checked against the contract, and stored before any row is."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID

from governance.contracts.agreement import DocumentsSpec
from governance.ledger.operations import Event
from review.documents import blobs
from review.documents.models import Document, ItemKey
from review.documents.recording import hint_read, new_document, received_event
from review.items.models import Item

MEBIBYTE = 1024 * 1024
_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file as handed in. content is its bytes, a path, or an open file that can be read again."""

    name: str
    content: bytes | Path | IO[bytes]

    def read(self) -> bytes:
        if isinstance(self.content, bytes):
            return self.content
        if isinstance(self.content, Path):
            return self.content.read_bytes()
        self.content.seek(0)
        return self.content.read()

    @property
    def size_bytes(self) -> int:
        if isinstance(self.content, bytes):
            return len(self.content)
        if isinstance(self.content, Path):
            return self.content.stat().st_size
        return self.content.seek(0, 2)

    @property
    def sha256(self) -> str:
        """In hex; reads the file in pieces."""
        if isinstance(self.content, bytes):
            return hashlib.sha256(self.content).hexdigest()
        if isinstance(self.content, Path):
            with self.content.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        self.content.seek(0)
        digest = hashlib.sha256()
        while piece := self.content.read(_PIECE):
            digest.update(piece)
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Stored:
    """Files that lie in the storage, and the unsaved rows that will name them."""

    announced: blobs.Announced
    keys: tuple[ItemKey, ...]
    documents: dict[UUID, tuple[Document, ...]]  # by item


def file_errors(spec: DocumentsSpec | None, files: Sequence[IncomingFile]) -> dict[str, str]:
    """What is wrong with the files by place ("documents", "documents.0"), without opening them."""
    if spec is None:
        return {"documents": "this process takes no files"} if files else {}
    if not files and spec.at_least:
        return {"documents": f"at least {_files(spec.at_least)} must be handed in"}
    if not spec.at_least <= len(files) <= spec.at_most:
        return {"documents": f"must be from {spec.at_least} to {_files(spec.at_most)}"}
    errors = {}
    for place, file in enumerate(files):
        size = file.size_bytes
        if not size:
            errors[f"documents.{place}"] = "is empty"
        elif size > spec.max_bytes:
            errors[f"documents.{place}"] = too_large(spec)
    return errors


def too_large(spec: DocumentsSpec) -> str:
    return f"is larger than {spec.max_bytes // MEBIBYTE} MiB"


def store(files: Sequence[tuple[UUID, Sequence[IncomingFile]]], now: datetime) -> Stored:
    """Encrypt and write the files of items that are about to be inserted; one file at a time.

    The caller is in no transaction. What comes of it has to be taken up by `blobs.settle` in the
    transaction that inserts the rows, or given back with `blobs.discard`.
    """
    announced = blobs.announce([item_id for item_id, some in files for _ in some])
    names = iter(announced.names)
    keys: list[ItemKey] = []
    documents: dict[UUID, tuple[Document, ...]] = {}
    try:
        for item_id, some in files:
            data_key, key = blobs.new_key(item_id)
            keys.append(key)
            rows = []
            for position, file in enumerate(some, start=1):
                content = file.read()
                name = next(names)
                blobs.write(name, data_key, content)
                rows.append(new_document(item_id, position, file.name, content, blob=name, now=now))
            documents[item_id] = tuple(rows)
    except BaseException:
        blobs.discard(announced)
        raise
    return Stored(announced, tuple(keys), documents)


def record(stored: Stored, items: Sequence[Item], actor: str) -> list[Event]:
    """Create the rows of these items' files, in the transaction that has inserted the items.

    Returns the ledger entries to append. Files of items that are not among these, since somebody
    else has handed the same in meanwhile, stay announced, for `discard_rest`.
    """
    documents = [one for item in items for one in stored.documents.get(item.pk, ())]
    keys = [key for key in stored.keys if key.item_id in {one.item_id for one in documents}]
    ItemKey.objects.bulk_create(keys)
    Document.objects.bulk_create(documents)
    blobs.settle(stored.announced, {one.blob for one in documents})
    for one in documents:
        hint_read(one.pk)
    return [
        received_event(item, one, actor)
        for item in items
        for one in stored.documents.get(item.pk, ())
    ]


def are_those_of(item_id: UUID, files: Sequence[IncomingFile]) -> bool:
    """Whether an item was handed in with exactly these files in this order, by any names."""
    kept = Document.objects.filter(item_id=item_id, parent=None).order_by("position")
    return list(kept.values_list("sha256", flat=True)) == [one.sha256 for one in files]


def discard_rest(stored: Stored, items: Sequence[Item]) -> None:
    """Remove the files of items that were not inserted after all, once the transaction is over."""
    used = {one.blob for item in items for one in stored.documents.get(item.pk, ())}
    rest = tuple(name for name in stored.announced.names if name not in used)
    if rest:
        blobs.discard(blobs.Announced(stored.announced.id, rest))


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
