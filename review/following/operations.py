"""Reading the sequenced ledger once, in order: what rollups and indexes are made from.

Leaves have indices without gaps, so a place in them is a place in all that has happened; an id or
an instant would skip what was committed late.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from review.models import Cursor

BATCH = 2_000  # entries read in one step

_END_SQL = "SELECT coalesce(max(index) + 1, 0) FROM governance_leaf"
_NEXT_SQL = """
    SELECT l.index, e.at, e.item, e.process, e.actor, e.kind, e.data::text
    FROM governance_leaf l JOIN governance_entry e ON e.id = l.entry
    WHERE l.index >= %s AND l.index < %s ORDER BY l.index
"""


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of the ledger as its readers see it."""

    at: datetime
    item: UUID | None
    process: str | None
    actor: str
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a reader reads next: entries with leaf indices from `start` up to, without, `end`."""

    reader: str
    start: int
    end: int
    entries: Sequence[Told]


def ahead(reader: str, limit: int = BATCH) -> Stretch:
    """The entries that this reader has not read yet, at most `limit`; locks nothing."""
    place = Cursor.objects.filter(pk=reader).values_list("next_index", flat=True).first()
    return _stretch(reader, place or 0, limit)


def lock_ahead(reader: str, limit: int = BATCH) -> Stretch:
    """The same inside a transaction, with the reader's place locked; empty if another holds it."""
    Cursor.objects.get_or_create(pk=reader)
    held = Cursor.objects.select_for_update(skip_locked=True).filter(pk=reader).first()
    if held is None:
        return Stretch(reader, 0, 0, ())
    return _stretch(reader, held.next_index, limit)


def move_on(stretch: Stretch) -> bool:
    """Put the reader behind a stretch, in the transaction that wrote what came of it.

    False where another has moved the reader since; what was written has then to be undone or be
    true in any case.
    """
    Cursor.objects.get_or_create(pk=stretch.reader)
    moved = Cursor.objects.filter(pk=stretch.reader, next_index=stretch.start).update(
        next_index=stretch.end
    )
    return moved == 1


def go_to_end(reader: str) -> None:
    """Put a reader behind all that is sequenced, unread; writes nothing where it stands there."""
    Cursor.objects.get_or_create(pk=reader)
    with connection.cursor() as cursor:
        cursor.execute(_END_SQL)
        (end,) = cursor.fetchone()
    Cursor.objects.filter(pk=reader, next_index__lt=end).update(next_index=end)


def _stretch(reader: str, start: int, limit: int) -> Stretch:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_SQL, [start, start + limit])
        rows = cursor.fetchall()
    entries = [
        Told(at, item, process, actor, kind, json.loads(data))
        for _, at, item, process, actor, kind, data in rows
    ]
    end = rows[-1][0] + 1 if rows else start
    return Stretch(reader, start, end, entries)
