"""Which items an incident touches: a question to the truth, bounded by the time it spans."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from governance import spreadsheets
from governance.errors import Conflict, InvalidInput
from governance.incidents.models import Incident
from governance.ledger import operations as ledger
from governance.models import User
from review.finding.queries import first_id
from review.incidents import queries
from review.incidents.models import IncidentItem, IncidentSearch
from review.models import Item

MOST_ITEMS = 10_000
FIRST_ROWS = 20
COLUMNS = ("item", "reference", "process", "received", "segment", "state", "measure")


@dataclass(frozen=True, slots=True)
class Affected:
    """Items of a process received from `since` up to `until`; empty texts narrow nothing.

    version and contract are ids; reason is the code of a reason of the route.
    """

    process: str
    since: datetime
    until: datetime
    version: str = ""
    contract: str = ""
    segment: str = ""
    reason: str = ""
    automatic: bool = False

    def as_query(self) -> dict[str, Any]:
        """As it is kept and told."""
        instants = {"since": self.since.isoformat(), "until": self.until.isoformat()}
        return {**asdict(self), **instants}


@dataclass(frozen=True, slots=True)
class Preview:
    """How many fit, at most MOST_ITEMS, and the first of them, newest first."""

    count: int
    is_cut: bool
    first: list[Item]

    @property
    def text(self) -> str:
        return f"{MOST_ITEMS:,} or more" if self.is_cut else f"{self.count:,}"


def read(values: Mapping[str, str]) -> Affected:
    """A question as a form sends it; instants without a zone are UTC. Raises InvalidInput."""
    errors: dict[str, str] = {}
    instants = {}
    for name in ("since", "until"):
        instants[name] = _instant(values.get(name, ""))
        if instants[name] is None and (name == "since" or values.get(name)):
            errors[name] = "A day and a time, such as 2026-11-22T14:03."
    since, until = instants["since"], instants["until"] or timezone.now()
    if since and since >= until:
        errors["until"] = "After it begins."
    for name in ("version", "contract"):
        if values.get(name) and not _is_id(values[name]):
            errors[name] = "Choose one."
    if not values.get("process"):
        errors["process"] = "Choose a process."
    if errors:
        raise InvalidInput("The question is not complete.", errors)
    assert since is not None
    texts = {name: values.get(name, "").replace("\0", "").strip()[:60] for name in _TEXTS}
    return Affected(since=since, until=until, automatic=values.get("automatic") == "1", **texts)


_TEXTS = ("process", "version", "contract", "segment", "reason")


def _instant(text: str) -> datetime | None:
    try:
        found = parse_datetime(text.strip())
    except ValueError:
        return None
    if found is None or not 1970 < found.year < 9999:
        return None
    return found if timezone.is_aware(found) else found.replace(tzinfo=UTC)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def find(asked: Affected) -> list[UUID]:
    """Ids of the items that fit, newest first, at most one more than MOST_ITEMS.

    Ids are made in the order of time, so that the index of a process's items bounds what is read
    to the time asked for.
    """
    conditions = ["i.process_id = %(process)s", "i.id >= %(first)s", "i.id < %(last)s"]
    values = {
        **asked.as_query(),
        "first": first_id(asked.since),
        "last": first_id(asked.until),
        "limit": MOST_ITEMS + 1,
        "why": json.dumps([{"code": asked.reason}]),
    }
    if asked.contract:
        conditions.append("i.contract_id = %(contract)s")
    if asked.segment:
        conditions.append("i.segment = %(segment)s")
    if asked.version:
        conditions.append(
            "EXISTS (SELECT FROM review_call k WHERE k.item_id = i.id"
            " AND k.version_id = %(version)s AND NOT k.is_shadow OFFSET 0)"
        )
    if asked.reason:
        conditions.append(
            "EXISTS (SELECT FROM review_route r WHERE r.item_id = i.id"
            " AND r.reasons @> %(why)s::jsonb OFFSET 0)"
        )
    if asked.automatic:
        conditions.append(
            "EXISTS (SELECT FROM review_decision d WHERE d.item_id = i.id AND d.settles"
            " AND d.state = 'active' AND d.actor_id IS NULL OFFSET 0)"
        )
    sql = f"""
        SELECT i.id FROM review_item i WHERE {" AND ".join(conditions)}
        ORDER BY i.id DESC LIMIT %(limit)s
    """  # noqa: S608
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]


def preview(asked: Affected) -> Preview:
    """What `save` would add to, without doing it."""
    ids = find(asked)
    rows = Item.objects.filter(pk__in=ids[:FIRST_ROWS]).defer("payload").order_by("-pk")
    return Preview(min(len(ids), MOST_ITEMS), len(ids) > MOST_ITEMS, list(rows))


@transaction.atomic
def save(*, incident_id: UUID, asked: Affected, actor: User) -> IncidentSearch:
    """Name the items that fit in the incident; those it names already stay as they are.

    The caller has checked the right to handle incidents in the process. Raises Conflict for a
    closed incident or one of another process.
    """
    incident = Incident.objects.select_for_update().get(pk=incident_id)
    if incident.state == Incident.State.CLOSED:
        raise Conflict("This incident is closed.")
    if incident.process_id not in (None, asked.process):
        raise Conflict("The incident is another process's.")
    ids = find(asked)
    is_cut, ids = len(ids) > MOST_ITEMS, ids[:MOST_ITEMS]
    before = IncidentItem.objects.filter(incident=incident)
    known = set(before.filter(item__in=ids).values_list("item_id", flat=True))
    added = [one for one in ids if one not in known]
    search = IncidentSearch.objects.create(
        incident=incident,
        process_id=asked.process,
        query=asked.as_query(),
        found=len(ids),
        added=len(added),
        is_cut=is_cut,
        actor=actor,
        at=timezone.now(),
    )
    IncidentItem.objects.bulk_create(
        (IncidentItem(incident=incident, search=search, item_id=one) for one in added),
        batch_size=2000,
    )
    ledger.append(
        "incident.items_found",
        process=asked.process,
        actor=f"user:{actor.pk}",
        data={
            "incident": str(incident.pk),
            "search": str(search.pk),
            "query": search.query,
            "found": search.found,
            "added": search.added,
            "is_cut": is_cut,
        },
    )
    return search


@transaction.atomic
def as_csv(*, incident: Incident, processes: Sequence[str], actor: User) -> str:
    """The incident's items in these processes for a spreadsheet; who took it is recorded."""
    named = [one.item for one in queries.items(incident, processes)]
    became = queries.outcomes(incident, [one.pk for one in named])
    rows = [
        (
            str(one.pk),
            one.external_id or "",
            one.process_id,
            one.received_at.isoformat(),
            one.segment,
            one.state,
            became.get(one.pk, ""),
        )
        for one in named
    ]
    ledger.append(
        "incident.items_taken",
        process=incident.process_id,
        actor=f"user:{actor.pk}",
        data={"incident": str(incident.pk), "rows": len(rows)},
    )
    return spreadsheets.as_csv(COLUMNS, rows)
