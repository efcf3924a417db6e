"""Bulk runs: a dry run over a filter, the first few, the rest, and taking it all back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.errors import Conflict, InvalidInput
from governance.models import User
from review import access
from review.bulk import operations, queries
from review.bulk.choosing import MOST_ITEMS, REASONS
from review.bulk.queries import Consequence, Progress
from review.console import words
from review.console.filtering import Chip, chips_of
from review.console.pages import actor_of, is_partial, page, refusal
from review.console.queries import people_serving
from review.finding import filters
from review.finding.filters import ItemFilter
from review.finding.listing import reference
from review.incidents import measures
from review.models import Queue, Run, RunRow

TEMPLATE = "review/run.html"
_S, _R = Run.State, RunRow.State
VERBS = {
    "accept": "Accept what the model said",
    "reject": "Reject",
    "move": "Move to another queue",
    "give": "Give to a person",
    "priority": "Set the priority",
    "release": "Take from whoever holds them",
}
_ALL_VERBS = {
    **VERBS,
    **measures.VERBS,
    "give_back": "Give back to the model what a halt left with people",
}


@dataclass(frozen=True, slots=True)
class RowLine:
    """An item of a run."""

    item: UUID
    reference: str
    state: str
    state_text: str
    note: str
    decision: UUID | None
    is_first: bool


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as its page shows it."""

    run: Run
    what: str
    progress: Progress
    excluded: Sequence[tuple[int, str]]
    doubtful: int
    is_cut: bool
    consequences: Sequence[Consequence]
    outlook: Sequence[tuple[str, str, int]]  # effect, what becomes of it, how many
    chips: Sequence[Chip]
    examples: Sequence[RowLine]
    troubles: Sequence[RowLine]
    more_troubles: bool
    undo_seconds: int
    is_mine: bool

    @property
    def is_working(self) -> bool:
        return self.run.state in operations.WORKING

    @property
    def first_few(self) -> int:
        return min(operations.FIRST_FEW, self.progress.total)

    @property
    def finished(self) -> int:
        """Items that the present way of the run is through with."""
        if self.run.state in (_S.UNDOING, _S.UNDONE):
            return self.progress.undone + self.progress.kept
        return self.progress.done + self.progress.refused

    @property
    def goal(self) -> int:
        if self.run.state in (_S.UNDOING, _S.UNDONE):
            return self.progress.undone + self.progress.kept + self.progress.done
        return self.first_few if self.run.state == _S.TRYING else self.progress.total

    @property
    def can_begin(self) -> bool:
        return self.is_mine and self.run.state == _S.PLANNED

    @property
    def can_go_on(self) -> bool:
        left = self.run.state == _S.WAITING or (
            self.run.state == _S.STOPPED and self.run.undone_by_id is None
        )
        return self.is_mine and left and self.progress.waiting > 0

    @property
    def can_stop(self) -> bool:
        return self.is_working or self.run.state == _S.PLANNED

    @property
    def can_undo(self) -> bool:
        if self.run.incident_id is not None:
            return False
        return self.run.state in (_S.WAITING, _S.STOPPED, _S.DONE) and self.progress.done > 0


@login_required
@require_http_methods(["GET", "POST"])
def runs(request: HttpRequest) -> HttpResponse:
    """The runs of the processes I lead; POST plans one."""
    if request.method == "POST":
        return _plan(request)
    led = access.rights(request.user).processes("reassign_tasks")
    if not led:
        raise PermissionDenied
    found = queries.runs_in(led, before=_uuid(request.GET.get("before", "")))
    shown = found[: queries.PAGE_ROWS]
    progress = queries.progress_of_many(shown)
    context = {
        "runs": [(one, _ALL_VERBS[one.verb], progress[one.pk]) for one in shown],
        "older": str(shown[-1].pk) if len(found) > len(shown) else "",
    }
    return page(request, "review/runs.html", context, current="team")


@login_required
@require_GET
def new(request: HttpRequest) -> HttpResponse:
    """What to do with the items of a filter."""
    led = access.rights(request.user).processes("reassign_tasks")
    if not led:
        raise PermissionDenied
    wanted = filters.read(request.GET.dict())
    return _form(request, led, wanted, {}, None)


def _form(
    request: HttpRequest,
    led: Sequence[str],
    wanted: ItemFilter,
    posted: dict[str, str],
    error: InvalidInput | None,
) -> HttpResponse:
    process = wanted.process if wanted.process in led else led[0] if len(led) == 1 else ""
    queues = list(Queue.objects.filter(process_id=process).order_by("name"))
    people = {one.pk: one for some in people_serving(queues).values() for one in some}
    narrowed = filters.read(wanted.narrows | {"process": "", "state": ""})
    excluded = error.errors if error else {}
    context = {
        "led": led,
        "process": process,
        "chips": chips_of(narrowed, led),
        "query": wanted.query(),
        "verbs": list(VERBS.items()),
        "queues": [one for one in queues if one.kinds and "compliance" not in one.kinds],
        "people": sorted(people.values(), key=lambda one: one.display_name),
        "posted": posted,
        "errors": excluded,
        "error": error,
        "why_none": [(count, REASONS[name]) for name, count in excluded.items() if name in REASONS],
        "most_items": MOST_ITEMS,
    }
    status = 422 if error else 200
    return page(request, "review/run_new.html", context, current="team", status=status)


def _plan(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    rights = access.rights(actor)
    led = rights.processes("reassign_tasks")
    if not led:
        raise PermissionDenied
    posted = {name: str(value).replace("\0", "") for name, value in request.POST.items()}
    wanted = filters.read(QueryDict(posted.get("query", "")[:4000]).dict())
    process = posted.get("process", "")
    wanted = filters.read(wanted.narrows | {"process": process, "sort": wanted.sort})
    if process not in led:
        missing = InvalidInput("Choose a process.", {"process": "Choose one process."})
        return _form(request, led, wanted, posted, missing)
    try:
        run, _ = operations.plan(
            process=process,
            wanted=wanted,
            verb=posted.get("verb", ""),
            options=_options(posted),
            reason=posted.get("reason", ""),
            actor=actor,
            rights=rights,
            includes_doubtful=posted.get("doubtful") == "1",
        )
    except InvalidInput as error:
        return _form(request, led, wanted, posted, error)
    return redirect("run", run.pk)


def _options(posted: dict[str, str]) -> dict[str, Any]:
    match posted.get("verb"):
        case Run.Verb.MOVE:
            return {"queue": _number(posted.get("queue", ""))}
        case Run.Verb.GIVE:
            to = _uuid(posted.get("to", ""))
            return {"to": str(to) if to else None}
        case Run.Verb.PRIORITY:
            return {"priority": _number(posted.get("priority", ""))}
    return {}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _run_for(user: User, run_id: UUID) -> Run:
    """A run that its person may open: a lead's, or of who handles incidents or may halt."""
    run = Run.objects.select_related("actor", "undone_by", "process").filter(pk=run_id).first()
    if run is None:
        raise Http404
    if run.verb == Run.Verb.GIVE_BACK:
        access.require(user, run.process_id, "halt_automation", visible="view_metrics")
    elif run.incident_id is None:
        access.require(user, run.process_id, "reassign_tasks")
    else:
        access.require(user, run.process_id, "handle_incidents", visible="view_governance")
    return run


@login_required
@require_GET
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """A run: what it would do, does, and did; the part that moves is asked for by itself."""
    actor = actor_of(request)
    view = view_of(_run_for(actor, run_id), actor)
    if is_partial(request):
        return render(request, f"{TEMPLATE}#state", {"view": view})
    return page(request, TEMPLATE, {"view": view}, current="team")


def view_of(run: Run, actor: User) -> RunView:
    """Everything the page says, in a fixed number of statements."""
    troubles = queries.rows_of(run, [_R.REFUSED, _R.KEPT])
    noted = queries.rows_of(run, [_R.UNDONE, _R.DONE], noted=True)[: queries.PAGE_ROWS]
    shows_first = run.state in (_S.PLANNED, _S.TRYING, _S.WAITING)
    shown = [_R.WAITING, _R.DONE] if shows_first else [_R.DONE, _R.UNDONE]
    examples = queries.rows_of(run, shown, first=shows_first)[:10]
    return RunView(
        run=run,
        what=_what(run),
        progress=queries.progress_of(run),
        excluded=[
            (run.excluded[name], why)
            for name, why in {**measures.REASONS, **REASONS}.items()
            if run.excluded.get(name)
        ],
        doubtful=int(run.excluded.get("doubtful", 0)),
        is_cut=bool(run.excluded.get("is_cut")),
        consequences=queries.consequences_of(run),
        outlook=_outlook(run),
        chips=chips_of(filters.read(QueryDict(run.query).dict()), [run.process_id]),
        examples=[_line(one) for one in examples],
        troubles=[_line(one) for one in [*troubles[: queries.PAGE_ROWS], *noted]],
        more_troubles=len(troubles) > queries.PAGE_ROWS,
        undo_seconds=queries.undo_seconds(run.process_id),
        is_mine=run.actor_id == actor.pk,
    )


_BECOMES = {
    "cancelled": "cancelled before it is sent",
    "compensating": "reversed",
    "compensating_after_send": "reversed once its sending has ended",
    "irreversible": "cannot be taken back",
}


def _outlook(run: Run) -> list[tuple[str, str, int]]:
    """What a measure would do to effects; nothing for other runs."""
    if run.incident_id is None or run.state == _S.DROPPED:
        return []
    return [(name, _BECOMES[what], count) for name, what, count in measures.outlook(run)]


def _line(row: RunRow) -> RowLine:
    return RowLine(
        item=row.item_id,
        reference=reference(row.item.external_id, row.item_id),
        state=row.state,
        state_text=_R(row.state).label,
        note=row.note,
        decision=row.decision_id,
        is_first=row.is_first,
    )


def _what(run: Run) -> str:
    """The verb with what it needs, in words."""
    match run.verb:
        case Run.Verb.MOVE:
            queue = Queue.objects.filter(pk=run.options.get("queue")).first()
            return f"Move to {queue.name if queue else 'a queue that is gone'}"
        case Run.Verb.GIVE:
            to = User.objects.filter(pk=run.options.get("to")).first()
            return f"Give to {to.display_name if to else 'somebody who is gone'}"
        case Run.Verb.PRIORITY:
            return f"Set the priority to {run.options.get('priority')}"
    return _ALL_VERBS.get(run.verb, words.label(run.verb))


def _act(request: HttpRequest, run_id: UUID, verb: Any, *rights: str) -> HttpResponse:
    actor = actor_of(request)
    found = _run_for(actor, run_id)
    for codename in rights:
        access.require(actor, found.process_id, codename)
    try:
        verb(run_id=run_id, actor=actor)
    except Conflict as error:
        return refusal(request, error, status=409, back="runs")
    return redirect("run", run_id)


@login_required
@require_POST
def begin(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Do the first few."""
    return _act(request, run_id, operations.begin)


@login_required
@require_POST
def go_on(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Do the rest."""
    return _act(request, run_id, operations.go_on)


@login_required
@require_POST
def stop(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Do no more; drop a dry run."""
    return _act(request, run_id, operations.stop)


@login_required
@require_POST
def undo(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Take everything back that was done."""
    return _act(request, run_id, operations.undo, "override_decisions")
