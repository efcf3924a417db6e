"""Many item rows with few statements."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from review.items.models import Item

_COLUMNS = (
    "id, process_id, contract_id, producer_id, external_id, payload, seed, segment, priority, "
    "due_at, state, salt, received_at, documents_pending, attempts, not_before, hint_at"
)
_CONFLICT = (
    "ON CONFLICT (process_id, external_id) WHERE external_id IS NOT NULL DO NOTHING RETURNING id"
)
_PAYLOAD = Item._meta.get_field("payload")
COPY_FROM = 20  # from this many rows a COPY into a temporary table is cheaper


def _row(item: Item) -> tuple[Any, ...]:
    return (
        item.pk,
        item.process_id,
        item.contract_id,
        item.producer_id,
        item.external_id,
        Jsonb(_PAYLOAD.pre_save(item, add=True)),
        item.seed,
        item.segment,
        item.priority,
        item.due_at,
        item.state,
        item.salt,
        item.received_at,
        item.documents_pending,
        item.attempts,
        item.not_before,
        item.hint_at,
    )


def insert_items(items: Sequence[Item]) -> set[UUID]:
    """Insert, passing over external ids that exist already; returns the ids inserted.

    The caller is inside a transaction.
    """
    if not items:
        return set()
    # One order for all: two batches that share external ids wait for each other's rows, and
    # would deadlock if each held one that the other wants.
    items = sorted(items, key=lambda item: (item.external_id or "", item.pk))
    # All of them before any is sent: encrypting may ask the database for the process's key, which
    # would wait for ever in the middle of a COPY.
    rows = [_row(item) for item in items]
    with connection.cursor() as cursor:
        if len(items) < COPY_FROM:
            marks = "(" + ", ".join(["%s"] * len(_COLUMNS.split(","))) + ")"
            cursor.execute(
                f"INSERT INTO review_item ({_COLUMNS}) VALUES "  # noqa: S608
                f"{', '.join([marks] * len(items))} {_CONFLICT}",
                [value for row in rows for value in row],
            )
            return {key for (key,) in cursor.fetchall()}
        if all(item.external_id is None for item in items):
            # Keys are new, so nothing can be here already.
            with cursor.copy(f"COPY review_item ({_COLUMNS}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return {item.pk for item in items}
        cursor.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS incoming "
            "(LIKE review_item INCLUDING DEFAULTS) ON COMMIT DELETE ROWS"
        )
        with cursor.copy(f"COPY incoming ({_COLUMNS}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(
            f"INSERT INTO review_item ({_COLUMNS}) "  # noqa: S608
            f'SELECT {_COLUMNS} FROM incoming ORDER BY external_id COLLATE "C", id {_CONFLICT}'
        )
        inserted = {key for (key,) in cursor.fetchall()}
        cursor.execute("DELETE FROM incoming")
        return inserted
