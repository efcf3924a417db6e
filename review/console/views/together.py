"""Working together on an item: who is here, notes, holding a task, handing it over."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.errors import Conflict, InvalidInput
from governance.models import User
from governance.roles.queries import people_who_may
from governance.roles.roles import SERVING_ROLES, serve_permission
from review import access
from review.console import workspace
from review.console.pages import actor_of, go, is_partial, refusal
from review.console.views.deciding import lost, next_task
from review.models import Item
from review.notes import operations as notes
from review.notes.queries import suggestions, thread
from review.tasks import operations as tasks
from review.tasks import presence as present
from review.tasks.claims import claim_next

HOLD_MINUTES = (15, 30, 60, 120, 240)


@login_required
@require_POST
def presence(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """I look at this item; who else does. 204 where that is what the page shows already."""
    actor = actor_of(request)
    place = present.place_of(item_id, actor, _uuid(request.POST.get("task", "")))
    if place is None:
        raise Http404
    access.require(actor, place.process, "view_items")
    people = present.look(item_id, place, actor)
    shown = " ".join(f"{one.id}{'!' if one.is_deciding else ''}" for one in people)
    if request.POST.get("shown") == shown:
        return HttpResponse(status=204)
    return render(request, "components/present.html", {"people": people, "shown": shown})


@login_required
@require_http_methods(["GET", "POST"])
def item_notes(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """The notes on an item; POST adds one."""
    actor = actor_of(request)
    found = access.item_for(actor, item_id)
    can_write = _may_write(actor, found)
    error, text, status = "", "", 200
    if request.method == "POST":
        access.require_serving(actor, found.process_id)
        text = request.POST.get("text", "").replace("\0", "")
        try:
            notes.write(item=found, author=actor, text=text)
            text = ""
        except InvalidInput as refused:
            error, status = str(refused), 422
    context = {
        "item": found,
        "thread": thread(found.pk, actor),
        "can_write": can_write,
        "error": error,
        "text": text,
    }
    return render(request, "components/thread.html", context, status=status)


def _may_write(actor: User, item: Item) -> bool:
    return item.process_id in access.rights(actor).served_processes()


@login_required
@require_GET
def mentionable(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """People to mention, as one types a name after an @."""
    actor = actor_of(request)
    found = access.item_for(actor, item_id)
    people = suggestions(found, actor, request.GET.get("q", "")[:60])
    return render(request, "components/mentionable.html", {"people": people})


@login_required
@require_GET
def handing(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """The dialog for holding a task or handing it over: to whom it may go."""
    actor = actor_of(request)
    task = access.task_for(actor, task_id)
    queues = tasks.receiving_queues(task)
    roles = {one.role for one in queues}
    rights = [serve_permission(role) for role in roles]
    people = people_who_may(task.queue.process_id, *rights) if rights else []
    context = {
        "task": task,
        "people": [one for one in people if one.pk != actor.pk],
        "roles": [role for role in SERVING_ROLES if role.value in roles],
        "return_to": request.GET.get("return_to", ""),
        "minutes": [one for one in HOLD_MINUTES if one * 60 <= task.queue.hold_seconds],
    }
    which = "hold" if request.GET.get("what") == "hold" else "hand_over"
    return render(request, f"components/{which}.html", context)


@login_required
@require_POST
def hand_over(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Pass the task on with a note, and go on with the queue's next one."""
    actor = actor_of(request)
    to_whom = request.POST.get("to", "")
    role = to_whom.removeprefix("role:") if to_whom.startswith("role:") else ""
    person = None if role else _person(to_whom)
    note = request.POST.get("note", "").replace("\0", "")

    def act() -> object:
        if not role and person is None:
            raise InvalidInput("Choose who gets it.", {"to": "must name a person or role"})
        return tasks.hand_over(task_id=task_id, actor=actor, note=note, to=person, role=role)

    return _then_next(request, task_id, actor, act, "Handed over")


@login_required
@require_POST
def hold(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Keep the task for later, and go on with the queue's next one."""
    actor = actor_of(request)
    minutes = request.POST.get("minutes", "")[:5]
    seconds = int(minutes) * 60 if minutes.isascii() and minutes.isdigit() else 0
    reason = request.POST.get("reason", "").replace("\0", "")

    def act() -> object:
        return tasks.hold(task_id=task_id, actor=actor, seconds=seconds, reason=reason)

    return _then_next(request, task_id, actor, act, "Held for later")


@login_required
@require_POST
def take_up(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Go on with a task that was held."""
    actor = actor_of(request)
    task = access.task_for(actor, task_id)
    try:
        tasks.take_up(task_id=task_id, actor=actor)
    except Conflict as error:
        return lost(request, task, error)
    return go(request, "task", task_id)


def _then_next(
    request: HttpRequest, task_id: UUID, actor: User, act: Callable[[], Any], done: str
) -> HttpResponse:
    """Do it and answer with the next task; 422 in the dialog, 409 on the screen."""
    task = access.task_for(actor, task_id)
    try:
        act()
    except InvalidInput as error:
        if not is_partial(request):
            return refusal(request, error, status=422, back="my-work")
        text = f"{error} " + " ".join(
            f"{name} {why}" for name, why in error.errors.items() if name in ("to", "seconds")
        )
        response = render(request, "review/task.html#reason_error", {"error": text}, status=422)
        response["HX-Retarget"] = "dialog[open] .field-error"
        response["HX-Reswap"] = "innerHTML"
        return response
    except Conflict as error:
        return lost(request, task, error)
    reference = task.item.external_id or str(task.item_id)[-6:]
    return_to = _uuid(request.POST.get("return_to", ""))
    claim = None if return_to else claim_next(queue=task.queue, actor_id=actor.pk)
    following = claim.task_id if claim else return_to
    if not is_partial(request):
        messages.success(request, f"{done}.")
    toast = workspace.Toast(text=done, reference=reference)
    return next_task(request, task, actor, following, toast)


def _person(text: str) -> User | None:
    found = _uuid(text)
    return User.objects.filter(pk=found, is_active=True).first() if found else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
