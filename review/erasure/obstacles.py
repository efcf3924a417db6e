"""What stands in the way of erasing an item."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

WORDS = {
    "held": "kept by a legal hold",
    "in_progress": "not decided yet",
    "task_open": "somebody is still to judge it",
    "effect_outstanding": "an effect is not sent yet, or failed",
    "effect_running": "an effect is being sent at this moment",
}
# What ends by itself or is ended with the work, if that is asked for.
ENDED_WITH_WORK = frozenset({"in_progress", "task_open", "effect_outstanding"})
_SQL = """
    SELECT i.id,
        review_hold_on(i.id, i.process_id, i.received_at) IS NOT NULL,
        i.state IN ('received', 'waiting'),
        EXISTS (SELECT FROM review_task t
                WHERE t.item_id = i.id AND t.state IN ('open', 'claimed')),
        EXISTS (SELECT FROM review_effect e
                WHERE e.item_id = i.id AND e.state IN ('scheduled', 'failed')),
        EXISTS (SELECT FROM review_effect e WHERE e.item_id = i.id AND e.state = 'running')
    FROM review_item i WHERE i.id = ANY(%s) AND i.erased_at IS NULL
"""


def obstacles(item_ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Codes (keys of WORDS) by item, in one statement; items without any are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [list(item_ids)])
        rows = cursor.fetchall()
    found = {
        row[0]: tuple(code for code, there in zip(WORDS, row[1:], strict=True) if there)
        for row in rows
    }
    return {item_id: codes for item_id, codes in found.items() if codes}


def in_the_way(codes: Sequence[str], *, ends_work: bool) -> str:
    """The first code that forbids the erasure now; "" where none does."""
    for code in codes:
        if not (ends_work and code in ENDED_WITH_WORK):
            return code
    return ""
