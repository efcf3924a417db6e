"""Adding what the ledger tells to rows by the hour and by the day: once each, in its order."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction

from review.decisions.settling import agree
from review.following import operations as following
from review.following.operations import Told
from review.models import Decision, Queue, Task
from review.team.handling import bin_of

READER = "team"
_log = structlog.get_logger(__name__)
COUNTS = (
    *("decided", "with_candidate", "corrected", "rejected", "in_bulk"),
    *("undone_by_self", "undone_by_others", "undone_after_sending"),
    *("pairs", "pairs_agreed", "samples", "samples_agreed", "timed", "active_seconds"),
)
_QUEUE_SQL = """
    INSERT INTO review_queuehour (queue_id, hour, arrived, decided, people)
    SELECT s.queue, s.hour, s.arrived, s.decided, ARRAY(SELECT jsonb_array_elements_text(
        s.people::jsonb)::uuid)
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::int[], %s::int[], %s::text[])
        AS s(queue, hour, arrived, decided, people)
    ON CONFLICT (queue_id, hour) DO UPDATE SET
        arrived = review_queuehour.arrived + EXCLUDED.arrived,
        decided = review_queuehour.decided + EXCLUDED.decided,
        people = ARRAY(SELECT DISTINCT unnest(review_queuehour.people || EXCLUDED.people))
"""
_ADDED = ", ".join(f"(s.counts ->> '{name}')::bigint" for name in COUNTS)
_PERSON_SQL = f"""
    INSERT INTO review_personday (process_id, actor_id, day, {", ".join(COUNTS)}, handle_bins)
    SELECT s.process, s.actor, s.day, {_ADDED}, s.bins
    FROM jsonb_to_recordset(%s::jsonb)
        AS s(process text, actor uuid, day date, counts jsonb, bins jsonb)
    ON CONFLICT (process_id, day, actor_id) DO UPDATE SET
        {", ".join(f"{name} = review_personday.{name} + EXCLUDED.{name}" for name in COUNTS)},
        handle_bins = (
            SELECT coalesce(jsonb_object_agg(key, total), '{{}}') FROM (
                SELECT key, sum(value::bigint) AS total FROM (
                    SELECT * FROM jsonb_each_text(review_personday.handle_bins)
                    UNION ALL SELECT * FROM jsonb_each_text(EXCLUDED.handle_bins)) both_sides
                GROUP BY key) summed)
"""  # noqa: S608


@dataclass
class _QueueSum:
    arrived: int = 0
    decided: int = 0
    people: set[str] = field(default_factory=set)


@dataclass
class _PersonSum:
    counts: Counter[str] = field(default_factory=Counter)
    bins: Counter[int] = field(default_factory=Counter)


def follow(limit: int = following.BATCH) -> int:
    """Add up what happened since the last time; how many entries were read, 0 at the end."""
    with transaction.atomic():
        stretch = following.lock_ahead(READER, limit)
        if not stretch.entries:
            return 0
        sums = _Sums(stretch.entries)
        sums.store()
        following.move_on(stretch)
    return len(stretch.entries)


class _Sums:
    """What a stretch of the ledger adds."""

    def __init__(self, entries: Sequence[Told]) -> None:
        self.queues: dict[tuple[int, datetime], _QueueSum] = defaultdict(_QueueSum)
        self.people: dict[tuple[str, UUID, date], _PersonSum] = defaultdict(_PersonSum)
        self._tasks = _by_id(Task.objects.all(), _ids(entries, "task"))
        self._decisions = _by_id(
            Decision.objects.select_related("candidate", "task"), _ids(entries, "decision")
        )
        self._queues = {(queue.process_id, queue.name): queue.pk for queue in Queue.objects.all()}
        for entry in entries:
            try:
                self._add(entry)
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
                # A figure less is better than no figure of anything that comes after it.
                _log.exception("entry_not_counted", kind=entry.kind, error=type(error).__name__)

    def _add(self, entry: Told) -> None:
        match entry.kind:
            case "task.handed_over" if entry.data.get("to"):
                return  # to a colleague, who as a rule serves the same queue
            case (
                "task.opened"
                | "task.escalated"
                | "task.escalated_by_time"
                | "task.moved"
                | "task.handed_over"
            ):
                queue = self._queues.get((entry.process or "", str(entry.data.get("queue"))))
                self._arrive(queue, entry)
            case "task.reopened":
                task = self._task(entry)
                self._arrive(task.queue_id if task else None, entry)
            case "decision.made":
                self._decide(entry)
            case "decision.undone":
                self._undo(entry)

    def _task(self, entry: Told) -> Task | None:
        name = entry.data.get("task")
        return self._tasks.get(UUID(str(name))) if name else None

    def _arrive(self, queue: int | None, entry: Told) -> None:
        if queue is not None:
            self.queues[queue, _hour(entry.at)].arrived += 1

    def _decide(self, entry: Told) -> None:
        task, actor = self._task(entry), _person(entry.actor)
        if task is None or actor is None:
            return
        line = self.queues[task.queue_id, _hour(entry.at)]
        line.decided += 1
        in_bulk = "run" in entry.data
        if not in_bulk:
            line.people.add(str(actor))  # a run is nobody's pace
        decision = self._decisions.get(UUID(str(entry.data["decision"])))
        person = self._person(entry, actor)
        person.counts["decided"] += 1
        person.counts["in_bulk"] += in_bulk
        saw_candidate = (
            decision is not None and decision.candidate_id is not None and not task.is_blind
        )
        if saw_candidate:
            person.counts["with_candidate"] += 1
            person.counts["corrected"] += entry.data["verdict"] == Decision.Verdict.CORRECT
            person.counts["rejected"] += entry.data["verdict"] == Decision.Verdict.REJECT
        if decision is None:
            return
        if decision.active_seconds and not in_bulk:
            person.counts["timed"] += 1
            person.counts["active_seconds"] += decision.active_seconds
            person.bins[bin_of(decision.active_seconds)] += 1
        if task.kind == Task.Kind.QUALITY:
            self._sample(entry, decision, person)
        elif task.slots > 1:
            self._pair(entry, decision)

    def _sample(self, entry: Told, decision: Decision, person: _PersonSum) -> None:
        automatic = Decision.objects.filter(
            item_id=decision.item_id, actor__isnull=True, created_at__lte=decision.created_at
        ).last()
        if automatic is not None:
            person.counts["samples"] += 1
            person.counts["samples_agreed"] += agree(decision, automatic)

    def _pair(self, entry: Told, decision: Decision) -> None:
        """Both of two people get the pair, when the later of their decisions is told of."""
        other = (
            Decision.objects.filter(item_id=decision.item_id, task__slots__gt=1)
            .exclude(actor_id=decision.actor_id)
            .filter(actor__isnull=False, created_at__lte=decision.created_at)
            .exclude(state=Decision.State.UNDONE)
            .exclude(pk=decision.pk)
            .order_by("created_at")
            .last()
        )
        if other is None or other.actor_id is None or decision.actor_id is None:
            return
        same = agree(decision, other)
        for actor in (decision.actor_id, other.actor_id):
            person = self._person(entry, actor)
            person.counts["pairs"] += 1
            person.counts["pairs_agreed"] += same

    def _undo(self, entry: Told) -> None:
        """An undo counts for who decided, on the day of the undo."""
        decision = self._decisions.get(UUID(str(entry.data["decision"])))
        if decision is None or decision.actor_id is None:
            return
        person = self._person(entry, decision.actor_id)
        by_self = _person(entry.actor) == decision.actor_id
        person.counts["undone_by_self" if by_self else "undone_by_others"] += 1
        fates = {one.get("what") for one in entry.data.get("effects", ())}
        person.counts["undone_after_sending"] += bool(fates - {"cancelled"})

    def _person(self, entry: Told, actor: UUID) -> _PersonSum:
        return self.people[entry.process or "", actor, entry.at.date()]

    def store(self) -> None:
        queues, people = sorted(self.queues.items()), sorted(self.people.items())
        with connection.cursor() as cursor:
            if queues:
                cursor.execute(
                    _QUEUE_SQL,
                    [
                        [key[0] for key, _ in queues],
                        [key[1] for key, _ in queues],
                        [one.arrived for _, one in queues],
                        [one.decided for _, one in queues],
                        [json.dumps(sorted(one.people)) for _, one in queues],
                    ],
                )
            if people:
                rows = [
                    {
                        "process": process,
                        "actor": str(actor),
                        "day": day.isoformat(),
                        "counts": {name: int(one.counts[name]) for name in COUNTS},
                        "bins": {str(bin_): count for bin_, count in one.bins.items()},
                    }
                    for (process, actor, day), one in people
                ]
                cursor.execute(_PERSON_SQL, [json.dumps(rows)])


def _ids(entries: Iterable[Told], name: str) -> set[UUID]:
    return {UUID(str(one.data[name])) for one in entries if one.data.get(name)}


def _by_id(rows: Any, ids: set[UUID]) -> Mapping[UUID, Any]:
    found: Mapping[UUID, Any] = rows.in_bulk(list(ids))
    return found


def _person(actor: str) -> UUID | None:
    kind, _, identifier = actor.partition(":")
    return UUID(identifier) if kind == "user" else None


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
