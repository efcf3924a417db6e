"""What a team lead reads: rows by the hour and the day, and heads of lines; never items."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Count

from governance.models import User
from governance.privacy.vault.vault import Vault
from governance.shares import Share, share
from review.finding.queries import SEALED_SQL
from review.models import PersonDay, Queue, QueueHour, Task
from review.team import handling
from review.team.forecast import MOST_DAYS, Hour
from review.team.rollup import COUNTS

COUNT_CAP = 10_000  # open tasks of a queue that are looked at; a forecast beyond says "at least"
OVERRIDES = 1_000  # the newest corrections and rejections, to see why people override

_STANDING_SQL = """
    SELECT q.id,
        (SELECT count(*) FROM (SELECT FROM review_task t WHERE t.queue_id = q.id
            AND t.state = 'open' ORDER BY due_at LIMIT %(cap)s) head),
        (SELECT opened_at FROM review_task t WHERE t.queue_id = q.id AND t.state = 'open'
            ORDER BY opened_at LIMIT 1),
        (SELECT due_at FROM review_task t WHERE t.queue_id = q.id AND t.state = 'open'
            ORDER BY due_at LIMIT 1),
        (SELECT json_agg(json_build_array(extract(epoch FROM slot), count) ORDER BY slot)::text
            FROM (SELECT date_bin('15 minutes', due_at, 'epoch') AS slot, count(*) AS count
                FROM (SELECT due_at FROM review_task t WHERE t.queue_id = q.id
                    AND t.state = 'open' AND t.due_at < %(horizon)s
                    ORDER BY due_at LIMIT %(cap)s) soon
                GROUP BY slot) slots)
    FROM unnest(%(queues)s::bigint[]) AS q(id)
"""
_OVERRIDES_SQL = f"""
    SELECT d.item_id, d.verdict, d.reason, d.output::text, c.output::text, i.process_id,
        i.contract_id, i.seed
    FROM (
        SELECT * FROM review_decision
        WHERE verdict IN ('correct', 'reject') AND actor_id IS NOT NULL
            AND created_at >= %(since)s
        ORDER BY created_at DESC LIMIT %(look)s
    ) d
    JOIN review_item i ON i.id = d.item_id
    LEFT JOIN review_candidate c ON c.id = d.candidate_id
    WHERE i.process_id = ANY(%(processes)s) AND d.candidate_id IS NOT NULL
        AND (%(actor)s::uuid IS NULL OR d.actor_id = %(actor)s) AND NOT {SEALED_SQL}
    LIMIT %(limit)s
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Standing:
    """How a queue stands: open tasks (at most COUNT_CAP), the oldest, the first due.

    due counts open tasks by the end of the quarter of an hour in which they are due.
    """

    queue: Queue
    open_count: int
    is_capped: bool
    oldest_at: datetime | None
    next_due_at: datetime | None
    due: Sequence[tuple[datetime, int]]


def standings(queues: Sequence[Queue], now: datetime) -> list[Standing]:
    """Queues as they stand, in one statement of at most COUNT_CAP index rows each."""
    with connection.cursor() as cursor:
        cursor.execute(
            _STANDING_SQL,
            {
                "queues": [queue.pk for queue in queues],
                "cap": COUNT_CAP + 1,
                "horizon": now + timedelta(hours=24),
            },
        )
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    found = []
    for queue in queues:
        count, oldest_at, next_due_at, slots = rows[queue.pk]
        due = [
            (datetime.fromtimestamp(float(at), now.tzinfo) + timedelta(minutes=15), int(many))
            for at, many in json.loads(slots or "[]")
        ]
        found.append(
            Standing(
                queue=queue,
                open_count=min(count, COUNT_CAP),
                is_capped=count > COUNT_CAP,
                oldest_at=oldest_at,
                next_due_at=next_due_at,
                due=due,
            )
        )
    return found


def hours_of(queues: Sequence[Queue], now: datetime) -> dict[int, dict[datetime, Hour]]:
    """What happened in each queue by the hour, over the days a forecast looks at."""
    since = now - timedelta(days=MOST_DAYS + 1)
    found: dict[int, dict[datetime, Hour]] = defaultdict(dict)
    rows = QueueHour.objects.filter(queue__in=queues, hour__gte=since)
    for queue_id, hour, arrived, decided, people in rows.values_list(
        "queue_id", "hour", "arrived", "decided", "people"
    ):
        found[queue_id][hour] = Hour(arrived, decided, len(people))
    return found


def held_counts(queues: Sequence[Queue]) -> dict[int, int]:
    """How many tasks people hold, by queue."""
    held = Task.objects.filter(queue__in=queues, state=Task.State.CLAIMED)
    return dict(held.values_list("queue_id").annotate(count=Count("pk")))


@dataclass(frozen=True, slots=True)
class Work:
    """What a person decided in a range of days; shares with what they can be trusted for.

    Handle times are in seconds at work, of `timed` decisions.
    """

    user: User
    decided: int
    in_bulk: int
    by_day: Mapping[date, int]
    timed: int
    median_seconds: float | None
    p90_seconds: float | None
    active_hours: float
    overrides: Share
    corrected: int
    rejected: int
    undone: Share
    undone_by_self: int
    undone_by_others: int
    undone_after_sending: int
    pairs: Share
    samples: Share

    @property
    def per_hour(self) -> float | None:
        """Decisions in an hour at work; None where too little was measured."""
        return self.timed / self.active_hours if self.active_hours >= 0.1 else None


def work_of(processes: Sequence[str], since: date, until: date) -> list[Work]:
    """Each person's work in these processes, both days included, by name."""
    rows: dict[UUID, list[PersonDay]] = defaultdict(list)
    days = PersonDay.objects.filter(process__in=processes, day__gte=since, day__lte=until)
    for row in days:
        rows[row.actor_id].append(row)
    people = User.objects.filter(pk__in=rows).order_by("first_name", "username")
    return [_work(person, rows[person.pk]) for person in people]


def _work(user: User, rows: Sequence[PersonDay]) -> Work:
    total = {name: sum(getattr(row, name) for row in rows) for name in COUNTS}
    by_day: Counter[date] = Counter()
    for row in rows:
        by_day[row.day] += row.decided
    bins = handling.together(row.handle_bins for row in rows)
    undone = total["undone_by_self"] + total["undone_by_others"]
    overridden = total["corrected"] + total["rejected"]
    return Work(
        user=user,
        decided=total["decided"],
        in_bulk=total["in_bulk"],
        by_day=by_day,
        timed=total["timed"],
        median_seconds=handling.quantile(bins, 0.5),
        p90_seconds=handling.quantile(bins, 0.9),
        active_hours=total["active_seconds"] / 3600,
        overrides=share(overridden, max(overridden, total["with_candidate"])),
        corrected=total["corrected"],
        rejected=total["rejected"],
        # An undo of today may take back what was decided before the first day.
        undone=share(undone, max(undone, total["decided"])),
        undone_by_self=total["undone_by_self"],
        undone_by_others=total["undone_by_others"],
        undone_after_sending=total["undone_after_sending"],
        pairs=share(total["pairs_agreed"], total["pairs"]),
        samples=share(total["samples_agreed"], total["samples"]),
    )


@dataclass(frozen=True, slots=True)
class Override:
    """A reason or a field by which people changed what the model said, how often, and where."""

    process: str
    what: str  # field, reason
    name: str
    count: int
    example: UUID


def overrides(
    processes: Sequence[str], since: datetime, *, actor: UUID | None = None
) -> tuple[list[Override], int]:
    """Why people override the model, commonest first, and of how many decisions that is.

    Of the newest at most: what was written by hand has to be read from the decisions.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _OVERRIDES_SQL,
            {
                "since": since,
                "look": OVERRIDES * 5,
                "limit": OVERRIDES,
                "processes": list(processes),
                "actor": actor,
            },
        )
        rows = cursor.fetchall()
    counts: Counter[tuple[str, str, str]] = Counter()
    examples: dict[tuple[str, str, str], UUID] = {}
    for item, verdict, reason, output, candidate, process, contract, seed in rows:
        keys = set()
        if verdict == "correct":
            vault = Vault(contract, item, seed)
            keys |= {(process, "field", name) for name in _changed(vault, output, candidate)}
        if reason.strip():
            keys.add((process, "reason", " ".join(reason.split()).rstrip(".").lower()[:120]))
        for key in keys:
            counts[key] += 1
            examples.setdefault(key, item)
    found = [
        Override(process, what, name, count, examples[process, what, name])
        for (process, what, name), count in counts.most_common(200)
    ]
    return found, len(rows)


def _changed(vault: Vault, output: str | None, candidate: str | None) -> list[str]:
    """The fields in which a correction differs from what it corrects."""
    mine, theirs = (vault.open("output", json.loads(one or "{}")) for one in (output, candidate))
    return [name for name in {*mine, *theirs} if mine.get(name) != theirs.get(name)]
