"""Effects that failed for good: trying them again, or giving them up."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import NotAllowed
from review import access
from review.api import answers, bodies, callers, paging, presenting
from review.api.answers import answers as responses
from review.api.items import PAGING
from review.effects import operations, queries


@extend_schema(
    operation_id="list_failed_effects",
    summary="Effects that failed for good and wait for a person, newest first",
    parameters=[OpenApiParameter("process", str), *PAGING],
    responses=responses({200: answers.EffectPage}, 404, 422),
)
@api_view(["GET"])
def failed(request: Request) -> Response:
    user = callers.person(request)
    process = paging.text_parameter(request, "process", limit=60)
    limit = paging.limit_of(request)
    if process is not None:
        callers.require(request, process, "operate_effects")
        processes = [process]
    else:
        processes = access.rights(user).processes("operate_effects")
        if not processes:
            raise NotAllowed("You operate no effects.")
    found = queries.failed(processes, before=paging.cursor_of(request), limit=limit + 1)
    results = [presenting.effect(row) for row in found[:limit]]
    return Response(paging.page(request, found, limit, results))


@extend_schema(
    operation_id="retry_effect",
    summary="Send a failed effect again",
    request=None,
    responses=responses({200: answers.Effect}, 404, 409),
)
@api_view(["POST"])
def retry(request: Request, effect_id: UUID) -> Response:
    user = callers.person(request)
    access.effect_for(user, effect_id)
    effect = operations.retry(effect_id=effect_id, actor=callers.actor_of(request))
    return Response(presenting.effect(effect))


@extend_schema(
    operation_id="write_off_effect",
    summary="Give a failed effect up that was settled by hand, with a reason",
    description=(
        "The effect ends as `cancelled`; its item ends and later effects of the same name are "
        "sent as if it had been done. It is not compensated if the decision is undone later."
    ),
    request={"application/json": bodies.REASON.schema},
    responses=responses({200: answers.Effect}, 404, 409, 422, is_write=True),
)
@api_view(["POST"])
def write_off(request: Request, effect_id: UUID) -> Response:
    user = callers.person(request)
    access.effect_for(user, effect_id)
    effect = operations.write_off(
        effect_id=effect_id, actor=callers.actor_of(request), **bodies.REASON.read(request)
    )
    return Response(presenting.effect(effect))
