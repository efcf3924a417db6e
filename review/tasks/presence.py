"""Who looks at an item right now: kept in Redis alone, gone with it, never in the database.

A page that shows an item says so every few seconds, and is told who else does, in one statement
and one round trip to Redis.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.cache import cache
from django.db import connection

from governance.models import User
from review.tasks.sealing import SEALED_SQL

PRESENT_SECONDS = 12  # three pings of a page missed

_SQL = f"""
    SELECT i.process_id, {SEALED_SQL}, EXISTS (
        SELECT FROM review_task h WHERE h.item_id = i.id AND h.id = %s
        AND h.claimed_by_id = %s AND h.state = 'claimed')
    FROM review_item i WHERE i.id = %s
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Place:
    """An item as it stands: is_sealed while somebody is to judge it for themselves, holds where
    the person holds the task they say they are at."""

    process: str
    is_sealed: bool
    holds: bool


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who looks at an item; is_deciding where they hold a task of it."""

    id: str
    name: str
    is_deciding: bool

    @property
    def initials(self) -> str:
        words = self.name.replace(".", " ").replace("-", " ").split() or ["?"]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()

    @property
    def tone(self) -> int:
        """One of six looks, the same for a person everywhere."""
        return int(self.id.replace("-", "")[-4:], 16) % 6


def place_of(item_id: UUID, person: User, task_id: UUID | None) -> Place | None:
    """One statement; None where there is no such item."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [task_id, person.pk, item_id])
        row = cursor.fetchone()
    return None if row is None else Place(*row)


def look(item_id: UUID, place: Place, person: User) -> list[Present]:
    """Say that a person looks at an item; who else does, by name.

    While the item is sealed, those who decide on it are not told to each other or to anybody: who
    holds the other slot is nobody's business until both are in.
    """
    gather: Callable[[str, str, int], Sequence[str]] | None = getattr(cache, "gather", None)
    if gather is None:
        return []
    mine = json.dumps([str(person.pk), person.display_name, place.holds])
    found: dict[str, Present] = {}
    for member in gather(f"present:{item_id}", mine, PRESENT_SECONDS):
        who, name, is_deciding = json.loads(member)
        if who == str(person.pk) or (place.is_sealed and is_deciding):
            continue
        if who not in found or is_deciding:
            found[who] = Present(who, name, is_deciding)
    return sorted(found.values(), key=lambda one: (not one.is_deciding, one.name))
