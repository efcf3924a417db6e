"""Appending entries: the one writer of the ledger, always inside the business transaction."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from governance.identifiers import uuid7
from governance.ledger.canonical import NotCanonical, body, canonical_data, instant

_APPEND = """
WITH appended AS (
    INSERT INTO governance_entry (id, at, item, process, actor, kind, data, hash)
    VALUES {rows} RETURNING id, hash
)
INSERT INTO governance_outbox (entry, hash) SELECT id, hash FROM appended
"""
_ROW = "(%s, %s, %s, %s, %s, %s, %s, %s)"
# Above this many, the parser's work on one long statement costs more than COPY's two round trips.
_COPY_FROM = 50

_ACTORS = ("user:", "producer:", "system:")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    actor: "user:<uuid>", "producer:<uuid>" or "system:<job>". data: what JSON has (see
    `canonical_data`), without personal data in clear. item, process: what it belongs to, if any.
    """

    kind: str
    data: dict[str, Any]
    actor: str
    item: UUID | None = None
    process: str | None = None


def append(
    kind: str,
    *,
    item: UUID | None = None,
    process: str | None = None,
    actor: str,
    data: dict[str, Any],
) -> UUID:
    """Record one event; returns the entry's id. Errors as for `append_many`."""
    return append_many([Event(kind=kind, item=item, process=process, actor=actor, data=data)])[0]


def append_many(events: Sequence[Event]) -> list[UUID]:
    """Record events with the transaction that made them true, in one statement.

    Returns the entries' ids in the order of the events. Raises TransactionManagementError outside
    a transaction, and NotCanonical (a ValueError) for an event that cannot be stored faithfully;
    nothing is written then.
    """
    if len(events) >= _COPY_FROM:
        return append_bulk(events)
    _require_transaction()
    if not events:
        return []
    rows = _rows(events)
    statement = _APPEND.format(rows=", ".join([_ROW] * len(rows)))
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for row in rows for value in row])
    return [UUID(row[0]) for row in rows]


def append_bulk(events: Sequence[Event]) -> list[UUID]:
    """As `append_many`, by COPY: for thousands of events at once, in two round trips."""
    _require_transaction()
    if not events:
        return []
    rows = _rows(events)
    # Django wraps the errors of execute() only; those of COPY need to be asked for.
    with connection.wrap_database_errors, connection.cursor() as cursor:
        with cursor.copy(
            "COPY governance_entry (id, at, item, process, actor, kind, data, hash) FROM STDIN"
        ) as copy:
            for row in rows:
                copy.write_row(row)
        with cursor.copy("COPY governance_outbox (entry, hash) FROM STDIN") as copy:
            for row in rows:
                copy.write_row((row[0], row[7]))
    return [UUID(row[0]) for row in rows]


Row = tuple[str, str, str | None, str | None, str, str, str, bytes]


def _rows(events: Sequence[Event]) -> list[Row]:
    """Column values of the entries; the instant is this machine's, the same for all of them."""
    at = instant(timezone.now())
    rows: list[Row] = []
    for event in events:
        _require_fitting(event)
        identifier = str(uuid7())
        item = None if event.item is None else str(event.item)
        try:
            data = canonical_data(event.data)
        except NotCanonical as error:
            raise NotCanonical(f"{event.kind}: {error}") from None
        digest = hashlib.sha256(
            body(
                id=identifier,
                at=at,
                item=item,
                process=event.process,
                actor=event.actor,
                kind=event.kind,
                data=data,
            )
        ).digest()
        rows.append((identifier, at, item, event.process, event.actor, event.kind, data, digest))
    return rows


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "A ledger entry is written with the change that it records: call inside atomic()."
        )


def _require_fitting(event: Event) -> None:
    """Length and form, checked here because varchar silently cuts trailing blanks."""
    if not event.actor.startswith(_ACTORS) or len(event.actor) > 120:
        raise NotCanonical(
            f"{event.kind}: the actor {event.actor[:120]!r} is not user:…, producer:… or system:…"
        )
    if not 0 < len(event.kind) <= 60 or len(event.process or "") > 60:
        raise NotCanonical(f"{event.kind[:80]}: kind and process are at most 60 characters")
