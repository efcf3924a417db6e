"""The numbers of a process, each from an index and counted up to a cap."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from review.models import Decision, Item, Route

COUNT_CAP = 10_000
RECENT_ITEMS = 5_000
RECENT = timedelta(hours=24)

_STATES_SQL = """
    SELECT s.state, (SELECT count(*) FROM (
        SELECT 1 FROM review_item i
        WHERE i.process_id = %(process)s AND i.state = s.state LIMIT %(cap)s) counted)
    FROM unnest(%(states)s::text[]) AS s(state)
"""
_FAILED_SQL = """
    SELECT count(*) FROM (
        SELECT 1 FROM review_effect e JOIN review_item i ON i.id = e.item_id
        WHERE e.state = 'failed' AND i.process_id = %(process)s LIMIT %(cap)s) counted
"""
# Ids are UUIDv7, so the newest items are a range of the index (process, id).
_RECENT_SQL = """
    WITH recent AS MATERIALIZED (
        SELECT id FROM review_item
        WHERE process_id = %(process)s AND id >= %(since)s ORDER BY id DESC LIMIT %(limit)s
    )
    SELECT 'items', '', count(*) FROM recent
    UNION ALL
    SELECT 'route', r.outcome, count(*)
    FROM recent JOIN review_route r ON r.item_id = recent.id GROUP BY r.outcome
    UNION ALL
    SELECT 'verdict', d.verdict, count(*)
    FROM recent JOIN review_decision d ON d.item_id = recent.id
    WHERE d.state = 'active' AND d.actor_id IS NOT NULL AND d.candidate_id IS NOT NULL
    GROUP BY d.verdict
"""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of rows; where it is capped there are more."""

    value: int
    is_capped: bool


@dataclass(frozen=True, slots=True)
class Recent:
    """The newest items since an instant: how they were routed, what people made of candidates.

    `straight_through_rate` is the automatic share of those routed, `override_rate` the share of
    people's verdicts that changed or rejected a candidate; None where there was nothing.
    """

    since: datetime
    items: Count
    routes: Mapping[str, int]
    verdicts: Mapping[str, int]
    straight_through_rate: float | None
    override_rate: float | None


def by_state(process: str) -> dict[str, Count]:
    """Items of a process by state, in one statement of at most COUNT_CAP index rows a state."""
    with connection.cursor() as cursor:
        cursor.execute(
            _STATES_SQL,
            {"process": process, "cap": COUNT_CAP + 1, "states": list(Item.State.values)},
        )
        return {state: _capped(count) for state, count in cursor.fetchall()}


def failed_effects(process: str) -> Count:
    with connection.cursor() as cursor:
        cursor.execute(_FAILED_SQL, {"process": process, "cap": COUNT_CAP + 1})
        return _capped(cursor.fetchone()[0])


def recent(process: str) -> Recent:
    """The last day's items, the newest RECENT_ITEMS of them at most."""
    since = timezone.now() - RECENT
    with connection.cursor() as cursor:
        cursor.execute(
            _RECENT_SQL,
            {"process": process, "since": _first_id(since), "limit": RECENT_ITEMS + 1},
        )
        rows = cursor.fetchall()
    routes = dict.fromkeys(Route.Outcome.values, 0)
    routes |= {name: count for what, name, count in rows if what == "route"}
    verdicts = dict.fromkeys(Decision.Verdict.values, 0)
    verdicts |= {name: count for what, name, count in rows if what == "verdict"}
    items = next(count for what, _, count in rows if what == "items")
    changed = verdicts[Decision.Verdict.CORRECT] + verdicts[Decision.Verdict.REJECT]
    return Recent(
        since=since,
        items=Count(min(items, RECENT_ITEMS), items > RECENT_ITEMS),
        routes=routes,
        verdicts=verdicts,
        straight_through_rate=_share(routes[Route.Outcome.AUTOMATIC], sum(routes.values())),
        override_rate=_share(changed, sum(verdicts.values())),
    )


def _capped(count: int) -> Count:
    return Count(min(count, COUNT_CAP), count > COUNT_CAP)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _first_id(at: datetime) -> UUID:
    """The smallest UUIDv7 of an instant: 48 bits of milliseconds, then zeros (RFC 9562)."""
    return UUID(int=int(at.timestamp() * 1000) << 80)
