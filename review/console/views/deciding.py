"""What a person does with a task: decide, skip, escalate, release, keep it, keep a draft.

Deciding answers with the next task, so that an item costs one round trip.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.views.decorators.http import require_POST

from governance.contracts.agreement import Agreement, agreement_of
from governance.errors import Conflict, InvalidInput
from governance.models import User
from review import access
from review.console import evidence, fields, workspace
from review.console.pages import actor_of, go, is_partial, page
from review.decisions import operations as decisions
from review.models import Decision, Document, Task
from review.tasks import operations as tasks
from review.tasks.claims import claim_next

TEMPLATE = "review/task.html"


@login_required
@require_POST
def decide(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Give a verdict and get the next task of the queue in the same answer."""
    actor = actor_of(request)
    task = access.task_for(actor, task_id)
    agreement = agreement_of(task.item.contract_id)
    verdict = request.POST.get("verdict", "")
    reason = request.POST.get("reason", "").replace("\0", "").strip()
    return_to = _uuid(request.POST.get("return_to", ""))
    output = None
    # An acceptance carries the fields as well, so that a change is refused rather than dropped.
    if verdict == Decision.Verdict.CORRECT or fields.is_given(request.POST):
        output = fields.parse(agreement, request.POST)
    taken = _taken(request, agreement, task)
    try:
        decided = decisions.decide(
            task_id=task_id,
            actor=actor,
            verdict=verdict,
            output=output,
            reason=reason,
            evidence=taken,
            next_queue=None if return_to else task.queue,
            active_seconds=_active(request),
        )
    except InvalidInput as error:
        return _invalid(request, task, actor, error, output, reason, taken)
    except Conflict as error:
        return lost(request, task, error)
    reference = task.item.external_id or str(task.item_id)[-6:]
    has_effects = any(decided.decision.verdict in effect.on for effect in agreement.effects)
    toast = workspace.toast_of(decided.decision, reference, effects=has_effects)
    following = decided.claim.task_id if decided.claim else return_to
    return next_task(request, task, actor, following, toast)


def _taken(request: HttpRequest, agreement: Agreement, task: Task) -> dict[str, Any]:
    """Where values were taken over from: well-formed places in documents of this item.

    What is not is left out: it is a pointer for others to follow, never a reason to refuse work.
    """
    found = fields.parse_evidence(agreement, request.POST)
    asked = evidence.documents_in(found)
    if not asked:
        return found
    known = Document.objects.filter(item_id=task.item_id, pk__in=asked).values_list("pk", flat=True)
    return evidence.belonging(found, {str(pk) for pk in known})


def next_task(
    request: HttpRequest, task: Task, actor: User, following: UUID | None, toast: workspace.Toast
) -> HttpResponse:
    """The next task's workspace with the toast, or the end of the queue."""
    if not is_partial(request):
        return go(request, "task", following) if following else _to_queue(request, task)
    work = workspace.open_workspace(following, actor) if following else None
    if work is None or not _is_held(work.task, actor):
        context = {"queue": task.queue, "is_empty": True, "toast": toast}
        response = render(request, "review/queue.html#finished", context)
        response["HX-Push-Url"] = resolve_url("review", task.queue.process_id, task.queue.name)
        return response
    response = render(request, f"{TEMPLATE}#next", {"work": work, "toast": toast})
    response["HX-Push-Url"] = resolve_url("task", work.task.pk)
    return response


def _is_held(task: Task, actor: User) -> bool:
    return task.state == Task.State.CLAIMED and task.claimed_by_id == actor.pk


def _to_queue(request: HttpRequest, task: Task) -> HttpResponse:
    return go(request, "review", task.queue.process_id, task.queue.name)


def _invalid(
    request: HttpRequest,
    task: Task,
    actor: User,
    error: InvalidInput,
    output: dict[str, Any] | None,
    reason: str,
    taken: dict[str, Any],
) -> HttpResponse:
    """422: the form again with what was typed, the problems beside their fields."""
    work = workspace.open_workspace(
        task.pk,
        actor,
        posted=output,
        taken=taken,
        reason=reason,
        error=error,
        return_to=request.POST.get("return_to", ""),
    )
    if not is_partial(request):
        return page(request, TEMPLATE, {"work": work}, current="my-work", status=422)
    response = render(request, f"{TEMPLATE}#form", {"work": work}, status=422)
    response["HX-Retarget"] = "#decision"
    response["HX-Reswap"] = "outerHTML"
    return response


def lost(request: HttpRequest, task: Task, error: Conflict) -> HttpResponse:
    """409: the claim is gone or the state moved on; what is on the screen stays there."""
    context = {"error": error, "task": task}
    if not is_partial(request):
        return page(request, "review/not_yours.html", context, current="my-work", status=409)
    response = render(request, f"{TEMPLATE}#lost", context, status=409)
    response["HX-Retarget"] = "#notice"
    response["HX-Reswap"] = "innerHTML"
    return response


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _hand_back(
    request: HttpRequest, task_id: UUID, verb: Callable[..., None], done: str
) -> HttpResponse:
    """Skip or escalate with a reason, and go on with the queue's next task."""
    actor = actor_of(request)
    task = access.task_for(actor, task_id)
    reason = request.POST.get("reason", "").replace("\0", "")
    try:
        verb(task_id=task_id, actor=actor, reason=reason)
    except InvalidInput as error:
        response = render(request, f"{TEMPLATE}#reason_error", {"error": error}, status=422)
        response["HX-Retarget"] = "dialog[open] .field-error"
        response["HX-Reswap"] = "innerHTML"
        return response
    except Conflict as error:
        return lost(request, task, error)
    claim = claim_next(queue=task.queue, actor_id=actor.pk)
    toast = workspace.Toast(text=done, reference=task.item.external_id or str(task.item_id)[-6:])
    return next_task(request, task, actor, claim.task_id if claim else None, toast)


@login_required
@require_POST
def skip(request: HttpRequest, task_id: UUID) -> HttpResponse:
    return _hand_back(request, task_id, tasks.skip, "Skipped")


@login_required
@require_POST
def escalate(request: HttpRequest, task_id: UUID) -> HttpResponse:
    return _hand_back(request, task_id, tasks.escalate, "Escalated")


@login_required
@require_POST
def release(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Hand the task back to its queue and go to my work."""
    actor = actor_of(request)
    task = access.task_for(actor, task_id)
    try:
        tasks.release(task_id=task_id, actor=actor)
    except Conflict as error:
        return lost(request, task, error)
    return go(request, "my-work")


@login_required
@require_POST
def heartbeat(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Keep the claim; answers with the lease's new end."""
    actor = actor_of(request)
    task = access.task_for(actor, task_id)
    try:
        kept = tasks.heartbeat(task_id=task_id, actor=actor, active_seconds=_active(request))
    except Conflict as error:
        return lost(request, task, error)
    return render(request, f"{TEMPLATE}#lease", {"task": kept, "seconds_left": _left(kept)})


def _active(request: HttpRequest) -> int:
    """Seconds at work since the page last said so (static/js/activity.js)."""
    text = request.POST.get("active_seconds", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _left(task: Task) -> int:
    assert task.lease_until is not None
    return max(0, int((task.lease_until - timezone.now()).total_seconds()))


@login_required
@require_POST
def draft(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Keep what is typed, whoever holds the task by now."""
    actor = actor_of(request)
    task = access.task_for(actor, task_id)
    agreement = agreement_of(task.item.contract_id)
    tasks.save_draft(
        task_id=task_id,
        actor=actor,
        output=fields.parse(agreement, request.POST),
        reason=request.POST.get("reason", "").replace("\0", "")[:2000],
        evidence=_taken(request, agreement, task),
    )
    return HttpResponse(status=204)
