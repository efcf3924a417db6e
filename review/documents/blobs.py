"""Encrypted blobs in the storage: announced, written, then taken up by a transaction.

A blob's name is its context in the encryption, so that one put in another's place is noticed.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.utils import timezone

from governance.errors import Conflict
from governance.privacy.keyring import master_keys
from integrations.encryption import decrypt, encrypt, new_data_key
from review.documents.models import ItemKey, Writing

ORPHAN_AGE = timedelta(days=1)  # far longer than any request or reading lives
SWEEP_LIMIT = 200


class Missing(Exception):
    """A blob that a row names is not in the storage, or its item's key was destroyed."""


@dataclass(frozen=True, slots=True)
class Announced:
    """Names that may be written under; `settle` or `discard` ends it."""

    id: UUID
    names: tuple[str, ...]


def storage() -> Storage:
    return storages["documents"]


def new_key(item_id: UUID) -> tuple[bytes, ItemKey]:
    """A data key for an item, and the unsaved row that keeps it wrapped."""
    data_key = new_data_key()
    wrapped = master_keys().wrap(data_key, context=key_context(item_id))
    return data_key, ItemKey(item_id=item_id, wrapped=wrapped)


def unwrap(item_id: UUID, wrapped: bytes | memoryview | None) -> bytes:
    """The item's data key. Raises Missing where it was destroyed."""
    if wrapped is None:
        raise Missing("The key of this item was destroyed.")
    return master_keys().unwrap(bytes(wrapped), context=key_context(item_id))


def data_key_of(item_id: UUID) -> bytes:
    """The item's data key, in one statement. Raises Missing where it was destroyed."""
    kept = ItemKey.objects.filter(pk=item_id).values_list("wrapped", flat=True).first()
    return unwrap(item_id, kept)


def announce(owners: Sequence[UUID]) -> Announced:
    """A new name for each item id given, known to the sweeper before a byte is written.

    Commits at once; the caller is in no transaction.
    """
    names = tuple(f"{owner.hex[-2:]}/{owner}/{secrets.token_hex(16)}" for owner in owners)
    row = Writing.objects.create(blobs=list(names))
    return Announced(row.pk, names)


def write(name: str, data_key: bytes, content: bytes) -> None:
    """Encrypt and store. On return the blob is as durable as the storage makes it."""
    blob = encrypt(data_key, content, context=("blob", name))
    stored = storage().save(name, ContentFile(blob))
    if stored != name:
        raise RuntimeError("The storage put a blob under another name.")


def read(name: str, data_key: bytes) -> bytes:
    """A blob's content. Raises Missing, or integrations.encryption.Unreadable if it was changed."""
    try:
        with storage().open(name) as file:
            blob: bytes = file.read()
    except FileNotFoundError:
        raise Missing("A blob is not in the storage.") from None
    return decrypt(data_key, blob, context=("blob", name))


def settle(announced: Announced, used: Collection[str] | None = None) -> None:
    """Strike the announcement off, in the transaction that creates the rows naming the blobs.

    What is not `used` stays announced. Raises Conflict where the sweeper has already taken the
    blobs away.
    """
    row = Writing.objects.filter(pk=announced.id)
    rest = [] if used is None else [name for name in announced.names if name not in used]
    changed = row.update(blobs=rest) if rest else row.delete()[0]
    if not changed:
        raise Conflict("These files were taken away before they were recorded; hand them in again.")


def discard(announced: Announced) -> None:
    """Remove what was written for nothing; what fails here, the sweeper does later."""
    for name in announced.names:
        storage().delete(name)
    Writing.objects.filter(pk=announced.id).delete()


def sweep() -> int:
    """Remove blobs that were announced long ago and never taken up; how many announcements went.

    The row stays locked while its blobs go: a transaction that settles it at this moment waits,
    then finds it gone and fails, instead of naming blobs that are no more.
    """
    limit = timezone.now() - ORPHAN_AGE
    for done in range(SWEEP_LIMIT):
        with transaction.atomic():
            row = (
                Writing.objects.select_for_update(skip_locked=True)
                .filter(began_at__lt=limit)
                .order_by("began_at")
                .first()
            )
            if row is None:
                return done
            for name in row.blobs:
                storage().delete(name)
            row.delete()
    return SWEEP_LIMIT


def key_context(item_id: UUID) -> tuple[str, str]:
    """What an item's data key is bound to."""
    return ("item", str(item_id))
