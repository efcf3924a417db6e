"""Wrapping data keys anew by the master key in use, while everything runs.

Blobs and values stay as they are. A row is changed only if it still holds what was read, so that a
key which was destroyed meanwhile does not come back; nothing is locked for longer than one batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from governance.ledger import operations as ledger
from governance.models import ProcessKey
from governance.privacy.keyring import master_keys
from governance.privacy.vault import keys as vault
from governance.signin import rewrapping as second_factors
from integrations.encryption.kms import KeyService
from review.documents.blobs import key_context
from review.models import ItemKey, SubjectSecret
from review.subjects.secret import CONTEXT

BATCH = 500
ACTOR = "system:rotation"


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A table whose rows hold a key wrapped by the master key, in the column `wrapped`."""

    model: Any
    context: Callable[[Any], Sequence[str]]  # of a row's primary key


# Whoever wraps something by the master key adds its table here.
TABLES: tuple[Wrapped, ...] = (
    Wrapped(ItemKey, key_context),
    Wrapped(ProcessKey, vault.key_context),
    Wrapped(SubjectSecret, lambda _: CONTEXT),
)


@dataclass(slots=True)
class Progress:
    """Rows seen and wrapped anew so far."""

    seen: int = 0
    changed: int = 0


def rewrap_all(report: Callable[[Progress], None] = lambda progress: None) -> Progress:
    """Wrap by the key in use what another wrapped; `report` is called after each batch.

    May be stopped at any time and begun again: what is done is passed over. Raises
    integrations.encryption.KeyUnknown where an older key is no longer among those given.
    """
    keys, progress = master_keys(), Progress()
    for table in TABLES:
        for rows in _batches(table):
            progress.seen += len(rows)
            progress.changed += _rewrap(table, rows, keys)
            report(progress)
    seen, changed = second_factors.reseal_all()
    progress.seen, progress.changed = progress.seen + seen, progress.changed + changed
    report(progress)
    with transaction.atomic():
        ledger.append(
            "keys.rewrapped",
            actor=ACTOR,
            data={"key": keys.current_id, "seen": progress.seen, "changed": progress.changed},
        )
    return progress


def by_key() -> dict[str, int]:
    """How many rows each master key wraps, by its id."""
    keys = master_keys()
    counts: dict[str, int] = dict(second_factors.by_key())
    for table in TABLES:
        for rows in _batches(table):
            for _, wrapped in rows:
                name = keys.key_id_of(bytes(wrapped))
                counts[name] = counts.get(name, 0) + 1
    return counts


def _batches(table: Wrapped) -> Iterator[list[tuple[Any, bytes]]]:
    """(primary key, wrapped) in the order of the keys; each batch is read when it is wanted."""
    last = None
    while True:
        rows = table.model.objects.order_by("pk")
        if last is not None:
            rows = rows.filter(pk__gt=last)
        found = list(rows.values_list("pk", "wrapped")[:BATCH])
        if not found:
            return
        yield found
        last = found[-1][0]


def _rewrap(table: Wrapped, rows: Sequence[tuple[Any, bytes]], keys: KeyService) -> int:
    # Unwrapped and wrapped before the transaction: a key service may be far away.
    anew = [
        (pk, wrapped, keys.rewrap(bytes(wrapped), context=table.context(pk)))
        for pk, wrapped in rows
        if keys.needs_rewrap(bytes(wrapped))
    ]
    with transaction.atomic():
        return sum(
            table.model.objects.filter(pk=pk, wrapped=old).update(wrapped=new)
            for pk, old, new in anew
        )
