"""One's own decisions, and taking decisions back."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from review import access
from review.api import answers, bodies, callers, paging, presenting
from review.api.answers import answers as responses
from review.api.items import PAGING
from review.decisions import operations
from review.decisions.queries import history_of


@extend_schema(
    operation_id="list_own_decisions",
    summary="One's own decisions, newest first",
    parameters=PAGING,
    responses=responses({200: answers.DecisionPage}, 422),
)
@api_view(["GET"])
def decisions(request: Request) -> Response:
    limit = paging.limit_of(request)
    found = history_of(callers.person(request), before=paging.cursor_of(request), limit=limit + 1)
    results = [presenting.own_decision(request, row) for row in found[:limit]]
    return Response(paging.page(request, found, limit, results))


@extend_schema(
    operation_id="undo_decision",
    summary="Take a decision back",
    description=(
        "One's own, or another's with the right to override. For each effect: `cancelled` before "
        "it was sent, `compensating` after, `compensating_after_send` while it is being sent, or "
        "`irreversible`."
    ),
    request=None,
    responses=responses({200: answers.Undone}, 404, 409),
)
@api_view(["POST"])
def undo(request: Request, decision_id: UUID) -> Response:
    user = callers.person(request)
    access.decision_for(user, decision_id)
    return Response(presenting.undone(operations.undo(decision_id=decision_id, actor=user)))


@extend_schema(
    operation_id="amend_decision",
    summary="Replace a decision by another; what was done is taken back and done anew",
    request={"application/json": bodies.AMEND.schema},
    responses=responses({200: answers.Undone}, 404, 409, 422, is_write=True),
)
@api_view(["POST"])
def amend(request: Request, decision_id: UUID) -> Response:
    user = callers.person(request)
    access.decision_for(user, decision_id)
    body = bodies.AMEND.read(request)
    result = operations.amend(
        decision_id=decision_id,
        actor=user,
        verdict=body["verdict"],
        output=body.get("output"),
        reason=body.get("reason", ""),
    )
    return Response(presenting.undone(result))
