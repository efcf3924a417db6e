"""The past cases nearest to an item, and what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from integrations.vectors import vector_of
from review.models import Decision, Item
from review.similar.texts import text_of
from review.tasks.sealing import concealments

NEAREST = 5
# Below this two cases share a language and little else.
ALIKE = 0.45

# Beyond the process's own cases the index is read on until there are enough of them; without that
# a small process among large ones would find none (pgvector 0.8, iterative scans).
_NEAREST_SQL = """
    WITH nearest AS MATERIALIZED (
        SELECT item_id, vector <=> %(vector)s::halfvec AS distance
        FROM review_pastcase WHERE process_id = %(process)s AND item_id <> %(item)s
        ORDER BY vector <=> %(vector)s::halfvec LIMIT %(limit)s
    )
    SELECT item_id, 1 - distance FROM nearest WHERE distance <= %(most)s ORDER BY distance, item_id
"""


@dataclass(frozen=True, slots=True)
class Precedent:
    """A past case. likeness is from 0 to 1; decisions are those that settled it, oldest first,
    each with how it stands today: the last one in force, the others undone or superseded."""

    item: Item
    likeness: float
    decisions: Sequence[Decision]

    @property
    def was_reversed(self) -> bool:
        """Whether a person's decision on it did not last."""
        return any(one.state != Decision.State.ACTIVE for one in self.decisions if one.actor_id)

    @property
    def standing(self) -> Decision | None:
        """The decision in force, None where the case is open again."""
        return next((one for one in self.decisions if one.state == Decision.State.ACTIVE), None)

    @property
    def decided_at(self) -> datetime:
        return self.decisions[-1].created_at

    def changed_fields(self) -> list[str]:
        """Output fields that the standing decision has otherwise than the model proposed."""
        standing = self.standing
        if standing is None or standing.candidate is None or standing.output is None:
            return []
        proposed: Mapping[str, Any] = standing.candidate.output
        return [name for name, value in standing.output.items() if proposed.get(name) != value] + [
            name for name in proposed if name not in standing.output
        ]


def precedents_of(item: Item, *, limit: int = NEAREST) -> list[Precedent]:
    """The nearest past cases of the item's process that people settled, nearest first."""
    vector = vector_of(text_of(item))
    if vector is None:
        return []
    near = _nearest(item, vector, limit)
    # What somebody is to judge for themselves once more tells nothing, here as everywhere.
    sealed = concealments([item_id for item_id, _ in near])
    near = [one for one in near if one[0] not in sealed]
    items = Item.objects.in_bulk([item_id for item_id, _ in near])
    decisions: dict[UUID, list[Decision]] = {}
    settling = Decision.objects.filter(item__in=list(items), settles=True)
    for one in settling.select_related("actor", "candidate").order_by("created_at", "pk"):
        one.item = items[one.item_id]
        if one.candidate is not None:
            one.candidate.item = one.item
        decisions.setdefault(one.item_id, []).append(one)
    return [
        Precedent(items[item_id], likeness, decisions[item_id])
        for item_id, likeness in near
        if item_id in decisions
    ]


def _nearest(item: Item, vector: list[float], limit: int) -> list[tuple[UUID, float]]:
    written = "[" + ",".join(f"{one:.6g}" for one in vector) + "]"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL hnsw.iterative_scan = strict_order")
        cursor.execute(
            _NEAREST_SQL,
            {
                "vector": written,
                "process": item.process_id,
                "item": item.pk,
                "limit": limit,
                "most": 1 - ALIKE,
            },
        )
        return [(item_id, float(likeness)) for item_id, likeness in cursor.fetchall()]
