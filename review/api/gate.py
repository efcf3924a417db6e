"""Held outputs: listing them, releasing and refusing."""

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
from review.gate import answering, queries

RIGHT = "serve_compliance_officer"


@extend_schema(
    operation_id="list_held_outputs",
    summary="Decided outputs that wait for compliance, what is due first before",
    parameters=[OpenApiParameter("process", str), *PAGING],
    responses=responses({200: answers.HeldOutputPage}, 404, 422),
)
@api_view(["GET"])
def gate(request: Request) -> Response:
    user = callers.person(request)
    process = paging.text_parameter(request, "process", limit=60)
    limit = paging.limit_of(request)
    if process is not None:
        callers.require(request, process, RIGHT)
        processes = [process]
    else:
        processes = access.rights(user).processes(RIGHT)
        if not processes:
            raise NotAllowed("You release no outputs.")
    found = queries.held(processes, after=paging.cursor_of(request), limit=limit + 1)
    results = [presenting.held_output(row) for row in found[:limit]]
    return Response(paging.page(request, found, limit, results))


@extend_schema(
    operation_id="release_held_output",
    summary="Let a held output go: what it causes is sent when its undo window has ended",
    description="Not by who decided on the item.",
    request={"application/json": bodies.RELEASE.schema},
    responses=responses({200: answers.HeldOutput}, 404, 409, 422, is_write=True),
)
@api_view(["POST"])
def release(request: Request, hold_id: UUID) -> Response:
    user = callers.person(request)
    access.hold_for(user, hold_id)
    answering.release(hold_id=hold_id, actor=user, **bodies.RELEASE.read(request))
    return Response(presenting.held_output(access.hold_for(user, hold_id)))


@extend_schema(
    operation_id="refuse_held_output",
    summary="Refuse a held output by a policy; its decision is undone and made anew",
    description="Not by who decided on the item. The policy must be in force for the process.",
    request={"application/json": bodies.REFUSE.schema},
    responses=responses({200: answers.Undone}, 404, 409, 422, is_write=True),
)
@api_view(["POST"])
def refuse(request: Request, hold_id: UUID) -> Response:
    user = callers.person(request)
    found = access.hold_for(user, hold_id)
    body = bodies.REFUSE.read(request)
    citation = answering.cited(
        found.process_id, body["policy"], body.get("heading", ""), body.get("version")
    )
    undone = answering.refuse(
        hold_id=hold_id, actor=user, citation=citation, comment=body["comment"]
    )
    return Response(presenting.undone(undone))
