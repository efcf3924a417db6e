"""Held outputs as their officers see them: next, listed, counted; each at a fixed cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from review.gate.models import GateHold

MOST_COUNTED = 500

# Each process is read on its own index, so that the heads cost the same whatever stands behind.
_HEADS_SQL = """
    SELECT h.id FROM unnest(%(processes)s::text[]) AS p(slug)
    CROSS JOIN LATERAL (
        SELECT id, due_at FROM review_gatehold
        WHERE process_id = p.slug AND state = 'waiting'
          AND (due_at, id) > (%(due_at)s::timestamptz, %(id)s::uuid)
        ORDER BY due_at, id LIMIT %(limit)s
    ) h
    ORDER BY h.due_at, h.id LIMIT %(limit)s
"""
_WAITING_SQL = """
    SELECT count(*), min(opened_at) FROM unnest(%(processes)s::text[]) AS p(slug)
    CROSS JOIN LATERAL (
        SELECT opened_at FROM review_gatehold
        WHERE process_id = p.slug AND state = 'waiting' ORDER BY opened_at LIMIT %(limit)s
    ) h
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many outputs wait, "500+" beyond what is counted, and since when the oldest of them."""

    count: int
    since: datetime | None

    @property
    def text(self) -> str:
        return f"{self.count}" if self.count <= MOST_COUNTED else f"{MOST_COUNTED}+"


def held(processes: Sequence[str], *, after: UUID | None = None, limit: int) -> list[GateHold]:
    """Outputs that wait in these processes, what is due first before; those after one of them."""
    place = None
    if after is not None:
        place = GateHold.objects.filter(pk=after).values_list("due_at", flat=True).first()
    wanted: dict[str, Any] = {
        "processes": list(processes),
        "due_at": place or "-infinity",
        "id": after if place else UUID(int=0),
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_HEADS_SQL, wanted)
        ids = [row[0] for row in cursor.fetchall()]
    found = GateHold.objects.select_related("process", "item", "decision__actor").in_bulk(ids)
    return [found[one] for one in ids if one in found]


def waiting(processes: Sequence[str]) -> Waiting:
    """How much waits in these processes; at most MOST_COUNTED rows of each are read."""
    with connection.cursor() as cursor:
        wanted: dict[str, Any] = {"processes": list(processes), "limit": MOST_COUNTED + 1}
        cursor.execute(_WAITING_SQL, wanted)
        count, since = cursor.fetchone()
    return Waiting(count, since)


def hold(hold_id: UUID) -> GateHold | None:
    """One hold with all that its page shows of it."""
    return (
        GateHold.objects.select_related(
            "process",
            "item",
            "answered_by",
            "policy_version__policy",
            "decision__actor",
            "decision__task",
            "decision__candidate__call__version__model",
        )
        .filter(pk=hold_id)
        .first()
    )
