"""My work, taking up a queue, and the screen of one task."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from governance.contracts.agreement import agreement_of
from governance.models import User
from governance.roles.roles import serve_permission
from review import access
from review.console import ahead as preparing
from review.console import queries, words
from review.console.pages import actor_of, page
from review.console.screen import read_screen
from review.console.workspace import headline_of, of_screen
from review.models import Handover, Hold, Queue, Task
from review.queues.queries import lines, served_by
from review.tasks.claims import claim_next
from review.tasks.queries import handed_to, held_by, kept_for_later


@dataclass(frozen=True, slots=True)
class ServedLine:
    """A queue as a row of my work."""

    queue: Queue
    open_text: str
    is_empty: bool
    due: words.Due | None


@dataclass(frozen=True, slots=True)
class Held:
    """A task in this person's hands."""

    task: Task
    headline: str
    kind: str
    due: words.Due
    left: str
    hold: Hold | None
    handed: Handover | None


@login_required
@require_GET
def my_work(request: HttpRequest) -> HttpResponse:
    """Queues I serve, what I hold, and one key to start on what is due first."""
    actor = actor_of(request)
    queues = served_by(access.rights(actor))
    now = timezone.now()
    served = [
        ServedLine(
            queue=line.queue,
            open_text=f"{line.open_count:,}+" if line.is_capped else f"{line.open_count:,}",
            is_empty=line.open_count == 0,
            due=words.due(line.next_due_at, now) if line.next_due_at else None,
        )
        for line in (lines(queues) if queues else [])
    ]
    held = _held_rows(actor)
    waiting = [line for line in served if line.due and not line.queue.is_paused]
    first = min(waiting, key=lambda line: line.due.at if line.due else now, default=None)
    context = {
        "served": served,
        "held": [row for row in held if row.hold is None],
        "put_by": [row for row in held if row.hold is not None],
        "first": first,
    }
    return page(request, "review/my_work.html", context, current="my-work")


def _held_rows(actor: User) -> list[Held]:
    tasks = list(held_by(actor).select_related("queue__process", "item"))
    if not tasks:
        return []
    holds, handed = kept_for_later(tasks), handed_to(actor, tasks)
    return [_held(task, holds.get(task.pk), handed.get(task.pk)) for task in tasks]


def _held(task: Task, hold: Hold | None, handed: Handover | None) -> Held:
    now = timezone.now()
    left = (task.lease_until - now).total_seconds() if task.lease_until else 0
    return Held(
        task=task,
        headline=headline_of(agreement_of(task.item.contract_id), task.item),
        kind=words.kind(task),
        due=words.due(task.due_at, now),
        left=words.span(left),
        hold=hold,
        handed=handed,
    )


@login_required
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, process: str, queue: str) -> HttpResponse:
    """Take up a queue: what I hold in it comes first, else POST claims its next task."""
    actor = actor_of(request)
    line = access.queue_for(actor, process, queue)
    held = queries.held_in(line, actor)
    if held is not None:
        return redirect("task", held)
    is_empty = False
    if request.method == "POST":
        claim = claim_next(queue=line, actor_id=actor.pk)
        if claim is not None:
            return redirect("task", claim.task_id)
        is_empty = True
    context = {"queue": line, "is_empty": is_empty}
    return page(request, "review/queue.html", context, current="my-work")


@login_required
@require_GET
def ahead(request: HttpRequest, process: str, queue: str) -> HttpResponse:
    """Pictures of the task that is likely to be next, to be fetched while this one is read."""
    actor = actor_of(request)
    line = access.queue_for(actor, process, queue)
    response = JsonResponse({"pictures": preparing.pictures(line, actor)})
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_GET
def task(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """The review screen of a task I hold; for any other, whose it is and where to go."""
    actor = actor_of(request)
    screen = read_screen(task_id, actor)
    if screen is None:
        raise Http404
    queue = screen.task.queue
    access.require(actor, queue.process_id, serve_permission(queue.role))
    if not screen.is_held_by(actor):
        context = {"task": screen.task, "is_mine": screen.task.claimed_by_id == actor.pk}
        return page(request, "review/not_yours.html", context, current="my-work")
    workspace = of_screen(screen, actor)
    return page(request, "review/task.html", {"work": workspace}, current="my-work")
