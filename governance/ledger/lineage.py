"""Entries with their proofs: what an item's lineage, its dossier and one entry's page show."""

import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from governance.ledger.canonical import NotCanonical, entry_hash, stored_data
from governance.ledger.keys import trusted_keys
from governance.ledger.models import Checkpoint
from governance.ledger.nodes import find
from governance.ledger.notes import BadNote, Statement, read
from governance.ledger.proofs import includes, inclusion_spans
from governance.ledger.tree import Node, fold, leaf_hash, nodes_of_all

_log = logging.getLogger(__name__)

State = Literal["sealed", "sequenced", "pending"]


@dataclass(frozen=True, slots=True)
class LineageEntry:
    """One entry of an item. hash: hex of its SHA-256.

    sealed: a signed checkpoint covers it; sequenced: it has its index and awaits the next
    checkpoint; pending: it waits for its index. valid: its content has its hash, its place in the
    tree or outbox agrees and, if sealed, its inclusion is proved under the checkpoint's root.
    proof: if sealed, the hashes beside the way up to that root, lowest first, in hex.
    """

    index: int | None
    id: UUID
    at: datetime
    kind: str
    actor: str
    data: dict[str, Any]
    hash: str
    state: State
    valid: bool
    item: UUID | None = None
    process: str | None = None
    proof: tuple[str, ...] = ()


def verify_item(item_id: UUID) -> list[LineageEntry]:
    """The item's entries, oldest first, each checked against the newest checkpoint.

    At most five statements whatever the ledger's size. An entry removed altogether shows only in a
    verification of the whole ledger, as its leaf remains.
    """
    return _verified("e.item = %s", [item_id])


def verify_entries(entry_ids: Collection[UUID]) -> list[LineageEntry]:
    """These entries, oldest first, each checked against the newest checkpoint."""
    return _verified("e.id = ANY(%s)", [list(entry_ids)])


def newest_note() -> str:
    """The newest checkpoint's note, as it was signed; "" without one."""
    return Checkpoint.objects.order_by("-size").values_list("note", flat=True).first() or ""


def _verified(condition: str, values: list[Any]) -> list[LineageEntry]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id, e.at, e.item, e.process, e.actor, e.kind, e.data::text, e.hash,"  # noqa: S608
            " l.index, l.hash FROM governance_entry e LEFT JOIN governance_leaf l"
            f" ON l.entry = e.id WHERE {condition} ORDER BY e.id",
            values,
        )
        rows = cursor.fetchall()
    # Read after the entries: a checkpoint of that moment can only cover more of them.
    sealed = _newest_checkpoint()
    size = 0 if sealed is None else sealed.size
    indices = [row[8] for row in rows if row[8] is not None and row[8] < size]
    hashes = find(nodes_of_all(span for index in indices for span in inclusion_spans(index, size)))
    waiting = _waiting([row[0] for row in rows if row[8] is None])
    return [_entry(row, sealed, hashes, waiting) for row in rows]


def _newest_checkpoint() -> Statement | None:
    """What the newest checkpoint states; with an untrusted signature, no root fits it.

    None without a checkpoint, and on a machine without any key to check it with.
    """
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is None:
        return None
    try:
        statement = read(newest.note, trusted_keys())
    except ImproperlyConfigured as error:
        _log.warning("No entry counts as sealed here: %s", error)
        return None
    except BadNote:
        return Statement(newest.origin, newest.size, b"")
    return statement if statement.size == newest.size else Statement("", newest.size, b"")


def _waiting(entries: list[UUID]) -> dict[UUID, bytes]:
    """Hashes in the outbox by entry; only asked when something is pending, and the outbox small."""
    if not entries:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT entry, hash FROM governance_outbox WHERE entry = ANY(%s) UNION ALL"
            # Sequenced between the first statement and this one: as good as waiting.
            " SELECT l.entry, e.hash FROM governance_leaf l JOIN governance_entry e"
            " ON e.id = l.entry WHERE l.entry = ANY(%s)",
            [entries, entries],
        )
        return {entry: bytes(digest) for entry, digest in cursor.fetchall()}


def _entry(
    row: tuple[Any, ...],
    sealed: Statement | None,
    hashes: Mapping[Node, bytes],
    waiting: Mapping[UUID, bytes],
) -> LineageEntry:
    identifier, at, item, process, actor, kind, text, stored, index, leaf = row
    stored = bytes(stored)
    valid = _has_hash(row, stored)
    state: State
    proof: list[bytes] = []
    if index is None:
        state = "pending"
        valid = valid and waiting.get(identifier) == stored
    else:
        valid = valid and leaf_hash(stored) == bytes(leaf)
        state = "sequenced"
        if sealed is not None and index < sealed.size:
            state = "sealed"
            proof = _proof(index, sealed, hashes)
            valid = valid and includes(bytes(leaf), index, sealed.size, proof, sealed.root)
    return LineageEntry(
        index=index,
        id=identifier,
        at=at,
        kind=kind,
        actor=actor,
        data=json.loads(text),
        hash=stored.hex(),
        state=state,
        valid=valid,
        item=item,
        process=process,
        proof=tuple(one.hex() for one in proof),
    )


def _has_hash(row: tuple[Any, ...], stored: bytes) -> bool:
    identifier, at, item, process, actor, kind, text = row[:7]
    try:
        data = stored_data(text)
    except NotCanonical:
        return False
    digest = entry_hash(
        id=identifier, at=at, item=item, process=process, actor=actor, kind=kind, data=data
    )
    return digest == stored


def _proof(index: int, sealed: Statement, hashes: Mapping[Node, bytes]) -> list[bytes]:
    """The inclusion proof; empty, which proves nothing, where one of its nodes is gone."""
    try:
        return [fold(span, hashes) for span in inclusion_spans(index, sealed.size)]
    except KeyError:
        return []
