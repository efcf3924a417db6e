"""For leads: how lines and people stand, who holds what, giving tasks to people, pausing queues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from governance.contracts.agreement import agreement_of
from governance.errors import Conflict, DomainError, InvalidInput
from governance.models import User
from governance.shares import Share
from review import access
from review.console import forecasting, queries, words, workspace
from review.console.pages import actor_of, page, refusal
from review.models import Hold, Item, Queue, Task
from review.queues import operations as queue_operations
from review.tasks import operations as tasks
from review.tasks.queries import kept_for_later
from review.team import queries as numbers
from review.team.forecast import forecast
from review.team.queries import Standing, Work

RANGES = ((1, "Today"), (7, "7 days"), (30, "30 days"))
SHOWN_OVERRIDES = 8
MOST_GIVEN = 100


@dataclass(frozen=True, slots=True)
class LineRow:
    """A queue as it stands."""

    queue: Queue
    open_text: str
    held: int
    oldest: str
    due: words.Due | None
    people: list[User]
    outlook: forecasting.Outlook


@dataclass(frozen=True, slots=True)
class Rate:
    """A share in words; `text` is "" where there was nothing."""

    text: str
    detail: str
    is_enough: bool


@dataclass(frozen=True, slots=True)
class WorkRow:
    """What a person did, in words."""

    work: Work
    days: forecasting.Bars
    per_hour: str
    median: str
    p90: str
    overrides: Rate
    undone: Rate
    pairs: Rate
    samples: Rate


@dataclass(frozen=True, slots=True)
class HeldRow:
    task: Task
    headline: str
    kind: str
    due: words.Due
    since: str
    left: str
    others: list[User]
    hold: Hold | None  # put by for later, with a reason


@dataclass(frozen=True, slots=True)
class Person:
    user: User
    rows: list[HeldRow]

    @property
    def others(self) -> list[User]:
        """Who may take any of the person's tasks."""
        found = {one.pk: one for row in self.rows for one in row.others}
        return sorted(found.values(), key=lambda one: one.display_name)


@login_required
@require_GET
def team(request: HttpRequest) -> HttpResponse:
    """Queues of the processes I lead with their outlook, people's work, and who holds what."""
    mine = access.rights(request.user)
    led = mine.processes("reassign_tasks")
    if not led:
        raise PermissionDenied
    process = request.GET.get("process", "")
    processes = [process] if process in led else led
    days = _days(request)
    now = timezone.now()
    since = now.date() - timedelta(days=days - 1)
    queues = list(
        Queue.objects.filter(process_id__in=processes)
        .select_related("process")
        .order_by("process_id", "name")
    )
    serving = queries.people_serving(queues)
    begin = datetime.combine(since, time.min, tzinfo=UTC)
    found, of = numbers.overrides(processes, begin)
    context = {
        "lines": _lines(queues, serving, now),
        "work": [_work(one, since, days) for one in numbers.work_of(processes, since, now.date())],
        "fields": [one for one in found if one.what == "field"][:SHOWN_OVERRIDES],
        "reasons": [one for one in found if one.what == "reason"][:SHOWN_OVERRIDES],
        "overrides": of,
        "overrides_capped": of >= numbers.OVERRIDES,
        "people": _people(processes, serving, now),
        "days": days,
        "ranges": RANGES,
        "led": led,
        "process": process if process in led else "",
        "most_given": MOST_GIVEN,
    }
    return page(request, "review/team.html", context, current="team")


def _days(request: HttpRequest) -> int:
    text = request.GET.get("days", "")
    return int(text) if text in {str(days) for days, _ in RANGES} else 7


def _lines(queues: Sequence[Queue], serving: dict[int, list[User]], now: datetime) -> list[LineRow]:
    if not queues:
        return []
    held, hours = numbers.held_counts(queues), numbers.hours_of(queues, now)
    return [
        _line(standing, held, hours.get(standing.queue.pk, {}), serving, now)
        for standing in numbers.standings(queues, now)
    ]


def _line(
    standing: Standing,
    held: dict[int, int],
    hours: dict[datetime, numbers.Hour],
    serving: dict[int, list[User]],
    now: datetime,
) -> LineRow:
    queue = standing.queue
    seen = forecast(now=now, backlog=standing.open_count, due=standing.due, hours=hours)
    age = (now - standing.oldest_at).total_seconds() if standing.oldest_at else None
    return LineRow(
        queue=queue,
        open_text=f"{standing.open_count:,}{'+' if standing.is_capped else ''}",
        held=held.get(queue.pk, 0),
        oldest=words.span(age) if age is not None else "",
        due=words.due(standing.next_due_at, now) if standing.next_due_at else None,
        people=serving[queue.pk],
        outlook=forecasting.outlook(standing, seen, now),
    )


def _work(work: Work, since: date, days: int) -> WorkRow:
    shown = [since + timedelta(days=number) for number in range(days)]
    return WorkRow(
        work=work,
        days=forecasting.bars([(f"{day:%d %b}", work.by_day.get(day, 0)) for day in shown]),
        per_hour=f"{work.per_hour:.0f}" if work.per_hour else "",
        median=forecasting.minutes(work.median_seconds),
        p90=forecasting.minutes(work.p90_seconds),
        overrides=_rate(work.overrides),
        undone=_rate(work.undone),
        pairs=_rate(work.pairs),
        samples=_rate(work.samples),
    )


def _rate(one: Share) -> Rate:
    if one.whole == 0:
        return Rate("", "", False)
    of = f"{one.part:,} of {one.whole:,}"
    if not one.is_enough:
        return Rate(of, "too few to say", False)
    interval = f"{words.percent(one.low)}–{words.percent(one.high)}"
    return Rate(words.percent(one.value), f"{interval}, {of}", True)


def _people(
    processes: Sequence[str], serving: dict[int, list[User]], now: datetime
) -> list[Person]:
    people: dict[UUID, Person] = {}
    claimed = queries.claimed_in(processes)
    holds = kept_for_later(claimed) if claimed else {}
    for task in claimed:
        assert task.claimed_by is not None
        person = people.setdefault(task.claimed_by.pk, Person(task.claimed_by, []))
        others = [one for one in serving[task.queue_id] if one.pk != task.claimed_by_id]
        since = (now - task.claimed_at).total_seconds() if task.claimed_at else 0
        left = (task.lease_until - now).total_seconds() if task.lease_until else 0
        person.rows.append(
            HeldRow(
                task=task,
                headline=_headline(task.item),
                kind=words.kind(task),
                due=words.due(task.due_at, now),
                since=words.span(since),
                left=words.span(left),
                others=others,
                hold=holds.get(task.pk),
            )
        )
    return list(people.values())


def _headline(item: Item) -> str:
    return workspace.headline_of(agreement_of(item.contract_id), item)


@login_required
@require_POST
def reassign(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Give a task to another person, who must serve its queue."""
    actor = actor_of(request)
    task = access.task_for(actor, task_id, "reassign_tasks")
    to = _chosen(request)
    try:
        if to is None:
            raise InvalidInput("Choose a person who serves this queue.", {"to": "not serving"})
        tasks.reassign(task_id=task.pk, to=to, actor=actor)
    except InvalidInput as error:
        return refusal(request, error, status=422, back="team")
    except Conflict as error:
        return refusal(request, error, status=409, back="team")
    messages.success(request, f"Given to {to.display_name}.")
    return redirect("team")


def _chosen(request: HttpRequest) -> User | None:
    try:
        return User.objects.filter(pk=UUID(request.POST.get("to", "")), is_active=True).first()
    except ValueError:
        return None


@login_required
@require_POST
def give(request: HttpRequest) -> HttpResponse:
    """Give several tasks to one person; each for itself, so that one that cannot holds up none."""
    actor = actor_of(request)
    led = access.rights(actor).processes("reassign_tasks")
    if not led:
        raise PermissionDenied
    to, given, refused = _chosen(request), 0, []
    chosen = Task.objects.filter(
        pk__in=_ids(request.POST.getlist("task")), queue__process_id__in=led
    ).values_list("pk", flat=True)
    if to is None or not chosen:
        error = InvalidInput("Choose tasks and a person to give them to.", {"to": "required"})
        return refusal(request, error, status=422, back="team")
    for task_id in chosen:
        try:
            tasks.reassign(task_id=task_id, to=to, actor=actor)
            given += 1
        except DomainError as error:
            refused.append(str(error))
    if given:
        noun = "task" if given == 1 else "tasks"
        messages.success(request, f"{given} {noun} given to {to.display_name}.")
    for reason in dict.fromkeys(refused):
        messages.warning(request, f"{refused.count(reason)} not given: {reason}")
    return redirect("team")


def _ids(texts: Sequence[str]) -> list[UUID]:
    found = []
    for text in texts[:MOST_GIVEN]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@login_required
@require_POST
def pause_queue(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Stop or resume handing out a queue's tasks."""
    actor = actor_of(request)
    queue = Queue.objects.filter(pk=queue_id).first()
    if queue is None:
        raise Http404
    access.require(actor, queue.process_id, "reassign_tasks")
    is_paused = request.POST.get("is_paused") == "1"
    try:
        queue_operations.pause(queue_id=queue_id, is_paused=is_paused, actor=f"user:{actor.pk}")
    except Conflict as error:
        return refusal(request, error, status=409, back="team")
    what = "paused: it hands out nothing" if is_paused else "running again"
    messages.success(request, f"{words.label(queue.name)} is {what}.")
    return redirect("team")
