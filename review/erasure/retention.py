"""What was kept long enough under the rule in force, batch by batch."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from governance.models import Process, RetentionRule
from governance.privacy.retention import queries as rules
from review.erasure.operations import request_by_rule
from review.models import Item

BATCH = 50
BATCHES = 4  # of one process and class in one round; the next round goes on
_ORDER = ("item", "content", "documents", "notes")  # the whole first: it spares the parts
_COLUMN = {
    "item": "erased_at",
    "content": "content_erased_at",
    "documents": "documents_erased_at",
    "notes": "notes_erased_at",
}
# The dates come from a partial index, the oldest first; the rest is looked at item by item.
_DUE_SQL = """
    SELECT i.id FROM review_item i
    WHERE i.process_id = %(process)s AND i.ended_at < %(before)s AND i.{column} IS NULL
      AND i.erased_at IS NULL
      AND NOT EXISTS (SELECT FROM review_erasureitem x JOIN review_erasurerequest r
                      ON r.id = x.request_id
                      WHERE x.item_id = i.id AND r.state = 'waiting'
                        AND r.parts::text[] && ARRAY[%(part)s, 'item'])
      AND NOT EXISTS (SELECT FROM review_task t
                      WHERE t.item_id = i.id AND t.state IN ('open', 'claimed'))
      AND NOT EXISTS (SELECT FROM review_effect e WHERE e.item_id = i.id
                      AND e.state IN ('scheduled', 'running', 'failed'))
      AND review_hold_on(i.id, i.process_id, i.received_at) IS NULL
    ORDER BY i.ended_at, i.id LIMIT %(limit)s
"""


def ask_for_due() -> int:
    """Make requests of what is due in every process; how many items they name."""
    asked = 0
    for process in Process.objects.order_by("pk").values_list("pk", flat=True):
        rule = rules.in_force(process)
        if rule is not None:
            asked += sum(_ask(rule, part, days) for part, days in _in_order(rule))
    return asked


def _in_order(rule: RetentionRule) -> list[tuple[str, int]]:
    days = rule.days()
    return [(part, kept) for part in _ORDER if (kept := days[part]) is not None]


def _ask(rule: RetentionRule, part: str, days: int) -> int:
    asked = 0
    for _ in range(BATCHES):
        ids = due(rule.process_id, part, days)
        if not ids:
            break
        items = list(Item.objects.filter(pk__in=ids).only("pk", "process_id"))
        request_by_rule(rule, [part], items)
        asked += len(items)
    return asked


def due(process: str, part: str, days: int, limit: int = BATCH) -> list[UUID]:
    """Ended items whose part was kept for longer than these days and may go, the oldest first."""
    statement = _DUE_SQL.format(column=_COLUMN[part])
    before = timezone.now() - timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute(
            statement, {"process": process, "part": part, "before": before, "limit": limit}
        )
        return [row[0] for row in cursor.fetchall()]
