"""Appending entries; a first cut that the ledger's owner replaces."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

import rfc8785
from django.db import connection
from django.utils import timezone
from psycopg.types.json import Jsonb

from governance.identifiers import uuid7


@dataclass(frozen=True, slots=True)
class Event:
    kind: str
    data: dict[str, Any]
    item: UUID | None = None
    process: str | None = None
    actor: str = "system"


def append(kind: str, *, item: UUID | None = None, process: str | None = None, actor: str, data: dict[str, Any]) -> UUID:
    return append_many([Event(kind=kind, item=item, process=process, actor=actor, data=data)])[0]


def append_many(events: Sequence[Event]) -> list[UUID]:
    assert connection.in_atomic_block
    if not events:
        return []
    now = timezone.now()
    rows = []
    for event in events:
        identifier = uuid7()
        body = {
            "id": str(identifier), "at": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "item": str(event.item) if event.item else None, "process": event.process,
            "actor": event.actor, "kind": event.kind, "data": event.data,
        }
        rows.append((identifier, now, event.item, event.process, event.actor, event.kind, Jsonb(event.data), hashlib.sha256(rfc8785.dumps(body)).digest()))
    marks = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s)"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH e AS (INSERT INTO governance_entry (id, at, item, process, actor, kind, data, hash) "
            f"VALUES {marks} RETURNING id, hash) INSERT INTO governance_outbox (entry, hash) SELECT id, hash FROM e",
            [v for row in rows for v in row],
        )
    return [row[0] for row in rows]


append_bulk = append_many
