"""For leads: who holds what, giving tasks to people, pausing queues."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from governance.contracts.agreement import agreement_of
from governance.errors import Conflict, InvalidInput
from governance.models import User
from review import access
from review.console import queries, words, workspace
from review.console.pages import actor_of, page, refusal
from review.models import Queue, Task
from review.queues import operations as queue_operations
from review.queues.queries import lines
from review.tasks import operations as tasks


@dataclass(frozen=True, slots=True)
class HeldRow:
    task: Task
    headline: str
    kind: str
    due: words.Due
    since: str
    left: str
    others: list[User]


@dataclass(frozen=True, slots=True)
class Person:
    user: User
    rows: list[HeldRow]


@login_required
@require_GET
def team(request: HttpRequest) -> HttpResponse:
    """Queues of the processes I lead, and the tasks people hold in them."""
    mine = access.rights(request.user)
    processes = mine.processes("reassign_tasks")
    if not processes:
        raise PermissionDenied
    now = timezone.now()
    queues = list(
        Queue.objects.filter(process_id__in=processes)
        .select_related("process")
        .order_by("process_id", "name")
    )
    serving = queries.people_serving(queues)
    people: dict[UUID, Person] = {}
    for task in queries.claimed_in(processes):
        assert task.claimed_by is not None
        person = people.setdefault(task.claimed_by.pk, Person(task.claimed_by, []))
        others = [one for one in serving[task.queue_id] if one.pk != task.claimed_by_id]
        since = (now - task.claimed_at).total_seconds() if task.claimed_at else 0
        left = (task.lease_until - now).total_seconds() if task.lease_until else 0
        person.rows.append(
            HeldRow(
                task=task,
                headline=workspace.headline_of(agreement_of(task.item.contract_id), task.item),
                kind=words.kind(task),
                due=words.due(task.due_at, now),
                since=words.span(since),
                left=words.span(left),
                others=others,
            )
        )
    context = {
        "lines": [
            {
                "queue": line.queue,
                "open_text": f"{line.open_count:,}{'+' if line.is_capped else ''}",
                "due": words.due(line.next_due_at, now) if line.next_due_at else None,
                "people": serving[line.queue.pk],
            }
            for line in (lines(queues) if queues else [])
        ],
        "people": list(people.values()),
    }
    return page(request, "review/team.html", context, current="team")


@login_required
@require_POST
def reassign(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Give a task to another person, who must serve its queue."""
    actor = actor_of(request)
    task = access.task_for(actor, task_id, "reassign_tasks")
    try:
        to = User.objects.filter(pk=UUID(request.POST.get("to", "")), is_active=True).first()
    except ValueError:
        to = None
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
