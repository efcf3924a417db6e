"""The next task, and all that a person does with one."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import InvalidInput, NotAllowed
from governance.models import User
from governance.privacy.masking import AT_WORK
from review import access
from review.api import answers, bodies, callers, presenting
from review.api.answers import answers as responses
from review.decisions.operations import decide as decide_task
from review.models import Task
from review.revealing.queries import revealed_to
from review.revealing.sight import Sight
from review.tasks import operations
from review.tasks.claims import claim_next
from review.tasks.queries import held_by, task_view


@extend_schema(
    operation_id="claim_next_task",
    summary="Claim the queue's next task",
    request=None,
    responses=responses({200: answers.Task, 204: None}, 404),
)
@api_view(["POST"])
def next_task(request: Request, process: str, queue: str) -> Response:
    """204 where nothing is left for this person, or the queue is paused."""
    user = callers.person(request)
    claim = claim_next(queue=access.queue_for(user, process, queue), actor_id=user.pk)
    if claim is None:
        return Response(status=204)
    return Response(_shown(claim.task_id, user))


@extend_schema(
    operation_id="list_held_tasks",
    summary="The tasks one holds, the longest held first",
    responses=responses({200: answers.TaskList}),
)
@api_view(["GET"])
def held_tasks(request: Request) -> Response:
    tasks = held_by(callers.person(request))
    return Response({"results": [presenting.held_task(task) for task in tasks]})


@extend_schema(
    operation_id="get_task",
    summary="A task that one holds",
    responses=responses({200: answers.Task}, 404),
)
@api_view(["GET"])
def task(request: Request, task_id: UUID) -> Response:
    user = callers.person(request)
    found = access.task_for(user, task_id)
    if found.state != Task.State.CLAIMED or found.claimed_by_id != user.pk:
        raise NotAllowed("Only the person who holds a task sees it.")
    return Response(_shown(task_id, user))


@extend_schema(
    operation_id="decide_task",
    summary="Decide a task and, if asked, claim the next one in the same round trip",
    description=(
        "409 with code `claim_lost` where the claim is gone; the output that was sent is then "
        "kept as a draft."
    ),
    request={"application/json": bodies.DECIDE.schema},
    responses=responses({200: answers.Decided}, 404, 409, 422, is_write=True),
)
@api_view(["POST"])
def decide(request: Request, task_id: UUID) -> Response:
    user = callers.person(request)
    queue = access.queue_of_task(user, task_id)
    body = bodies.DECIDE.read(request)
    decided = decide_task(
        task_id=task_id,
        actor=user,
        verdict=body["verdict"],
        output=body.get("output"),
        reason=body.get("reason", ""),
        next_queue=queue if body.get("next") else None,
    )
    following = None
    if decided.claim is not None:
        following = _shown(decided.claim.task_id, user)
    return Response({"decision": presenting.receipt(decided.decision), "next": following})


@extend_schema(
    operation_id="release_task",
    summary="Hand a task back to its queue",
    request=None,
    responses=responses({204: None}, 404, 409),
)
@api_view(["POST"])
def release(request: Request, task_id: UUID) -> Response:
    user = _server(request, task_id)
    operations.release(task_id=task_id, actor=user)
    return Response(status=204)


@extend_schema(
    operation_id="skip_task",
    summary="Hand a task back for others, with a reason",
    request={"application/json": bodies.REASON.schema},
    responses=responses({204: None}, 404, 409, 422, is_write=True),
)
@api_view(["POST"])
def skip(request: Request, task_id: UUID) -> Response:
    user = _server(request, task_id)
    operations.skip(task_id=task_id, actor=user, **bodies.REASON.read(request))
    return Response(status=204)


@extend_schema(
    operation_id="escalate_task",
    summary="Move a task to the queue for escalations, with a reason",
    request={"application/json": bodies.REASON.schema},
    responses=responses({204: None}, 404, 409, 422, is_write=True),
)
@api_view(["POST"])
def escalate(request: Request, task_id: UUID) -> Response:
    user = _server(request, task_id)
    operations.escalate(task_id=task_id, actor=user, **bodies.REASON.read(request))
    return Response(status=204)


@extend_schema(
    operation_id="keep_task",
    summary="Keep a claim alive",
    request=None,
    responses=responses({200: answers.Lease}, 404, 409),
)
@api_view(["POST"])
def heartbeat(request: Request, task_id: UUID) -> Response:
    user = _server(request, task_id)
    kept = operations.heartbeat(task_id=task_id, actor=user)
    return Response({"lease_until": kept.lease_until})


@extend_schema(
    operation_id="save_draft",
    summary="Keep what one has typed so far; it outlives the claim",
    request={"application/json": bodies.DRAFT.schema},
    responses=responses({204: None}, 404, 422, is_write=True),
)
@api_view(["POST"])
def draft(request: Request, task_id: UUID) -> Response:
    user = _server(request, task_id)
    operations.save_draft(task_id=task_id, actor=user, **bodies.DRAFT.read(request))
    return Response(status=204)


@extend_schema(
    operation_id="reassign_task",
    summary="Give a task to a person, by a lead",
    request={"application/json": bodies.REASSIGN.schema},
    responses=responses({200: answers.HeldTask}, 404, 409, 422, is_write=True),
)
@api_view(["POST"])
def reassign(request: Request, task_id: UUID) -> Response:
    user = callers.person(request)
    access.task_for(user, task_id, "reassign_tasks")
    to = User.objects.filter(username=bodies.REASSIGN.read(request)["to"]).first()
    if to is None:
        raise InvalidInput("There is no such person.", {"to": "must name a person"})
    operations.reassign(task_id=task_id, to=to, actor=user)
    given = Task.objects.select_related("queue").get(pk=task_id)
    return Response(presenting.held_task(given))


def _shown(task_id: UUID, user: User) -> dict[str, Any]:
    """A task for the person who holds it: what is personal they see, what is sensitive only after
    a reveal, which is looked for only where the contract labels anything so."""
    view = task_view(task_id, user.pk)
    revealed = revealed_to(view.item_id, user) if view.agreement.has_sensitive else {}
    return presenting.task(view, Sight(AT_WORK, revealed))


def _server(request: Request, task_id: UUID) -> User:
    """The person, who serves the task's queue; whether they hold it is the operation's rule."""
    user = callers.person(request)
    access.queue_of_task(user, task_id)
    return user
