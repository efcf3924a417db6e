"""Approvals: the inbox, a request with what it changes, asking, signing, refusing, withdrawing."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as s
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from governance.approvals import operations, queries, signing
from governance.approvals.changes import changes
from governance.approvals.models import Approval
from governance.models import User
from review import access
from review import approvals as shared
from review.api import bodies, callers, paging
from review.api.answers import Answer, one_of, page_of
from review.api.answers import answers as responses
from review.api.items import PAGING
from review.api.presenting import Json

LISTS = ("to_sign", "asked", "answered")


class ApprovalSummary(Answer):
    id = s.UUIDField()
    process = s.SlugField(allow_null=True, help_text="Null where it is for every process.")
    kind = one_of(Approval.Kind.values)
    title = s.CharField()
    digest = s.CharField(help_text="Of exactly what is signed.")
    state = one_of(Approval.State.values)
    risk = s.CharField()
    roles = s.ListField(child=s.CharField(), help_text="Whose signatures it takes.")
    reason = s.CharField()
    requested_by = s.UUIDField()
    requested_at = s.DateTimeField()
    closes_at = s.DateTimeField()
    valid_until = s.DateTimeField(allow_null=True)


class ApprovalChange(Answer):
    path = s.CharField(allow_blank=True)
    old = s.CharField(allow_blank=True)
    new = s.CharField(allow_blank=True)


class ApprovalSignature(Answer):
    role = s.CharField()
    by = s.UUIDField()
    principal = s.UUIDField(help_text="Whose right it was: another's where they let `by` sign.")
    is_yes = s.BooleanField()
    comment = s.CharField(allow_blank=True)
    at = s.DateTimeField()


class ApprovalComment(Answer):
    by = s.UUIDField()
    text = s.CharField()
    at = s.DateTimeField()


class ApprovalEvidence(Answer):
    id = s.UUIDField()
    name = s.CharField()
    media_type = s.CharField()
    digest = s.CharField()


class ApprovalWay(Answer):
    principal = s.UUIDField()
    role = s.CharField()


class ApprovalDetail(ApprovalSummary):
    author = s.UUIDField(allow_null=True, help_text="Who made the thing, where that is known.")
    changes = ApprovalChange(many=True)
    signatures = ApprovalSignature(many=True)
    comments = ApprovalComment(many=True)
    evidence = ApprovalEvidence(many=True)
    ways = ApprovalWay(many=True, help_text="The signatures that the caller could give now.")
    why_not = s.CharField(allow_blank=True, help_text="Why there is none, for the caller.")
    may_withdraw = s.BooleanField()
    ended_reason = s.CharField(allow_blank=True)


class CommentMade(ApprovalComment):
    id = s.UUIDField()


ApprovalPage = page_of(ApprovalSummary)


@extend_schema(
    methods=["GET"],
    operation_id="list_approvals",
    summary="The inbox: what the caller may sign, what they asked for, or what was answered",
    description="The first two are whole, fifty at most; the last has pages and filters.",
    parameters=[
        OpenApiParameter("list", str, enum=LISTS, default="to_sign"),
        OpenApiParameter("process", str, description="Of what was answered."),
        OpenApiParameter("kind", str, enum=Approval.Kind.values),
        OpenApiParameter("state", str, enum=Approval.State.values),
        *PAGING,
    ],
    responses=responses({200: ApprovalPage}, 404, 422),
)
@extend_schema(
    methods=["POST"],
    operation_id="request_approval",
    summary="Ask for a version, a contract or a stage to be approved",
    description="A request for the same that is open already is given back, with its own reason. "
    "409 for what is approved until more than 30 days from now.",
    request={"application/json": bodies.ASK.schema},
    responses=responses({200: ApprovalDetail}, 404, 409, 422, is_write=True),
)
@api_view(["GET", "POST"])
def approvals(request: Request) -> Response:
    return _ask(request) if request.method == "POST" else _list(request)


def _list(request: Request) -> Response:
    user = callers.person(request)
    signer = signing.Signer.of(user)
    seen = access.rights(user).processes("view_governance")
    if not seen and len(signer.principals) < 2:
        raise PermissionDenied
    limit = min(paging.limit_of(request), queries.PAGE_ROWS)
    after = paging.cursor_of(request)
    wanted = {
        "kind": paging.parameter(request, "kind", Approval.Kind.values) or "",
        "state": paging.parameter(request, "state", Approval.State.values) or "",
    }
    process = paging.text_parameter(request, "process", limit=60) or ""
    if process:
        callers.require(request, process, "view_governance")
    match paging.parameter(request, "list", LISTS) or LISTS[0]:
        case "answered":
            found = queries.answered(seen, process=process, before=after, **wanted)
            found = found[: limit + 1]
        case "asked":
            found = queries.asked_by(user)[:limit]
        case _:
            found = [one for one, _ in shared.to_sign(signer)][:limit]
    results = [_summary(one) for one in found[:limit]]
    return Response(paging.page(request, found, limit, results))


def _ask(request: Request) -> Response:
    body = bodies.ASK.read(request)
    user = callers.require(request, body["process"], "request_approvals")
    draft = shared.draft_of(body["process"], body["what"], body.get("version"))
    made = draft.ask(actor=user, reason=body["reason"])
    return _answer(user, made.pk)


@extend_schema(
    operation_id="get_approval",
    summary="A request with what it changes, who signed, comments and evidence",
    responses=responses({200: ApprovalDetail}, 404),
)
@api_view(["GET"])
def approval(request: Request, approval_id: UUID) -> Response:
    return _answer(callers.person(request), approval_id)


@extend_schema(
    operation_id="sign_approval",
    summary="Say yes; the last yes that is needed grants it",
    description="Not by who asked for it or made the thing. 409 for another digest than asked for.",
    request={"application/json": bodies.SIGN.schema},
    responses=responses({200: ApprovalDetail}, 404, 409, 422, is_write=True),
)
@api_view(["POST"])
def sign(request: Request, approval_id: UUID) -> Response:
    return _sign(request, approval_id, bodies.SIGN, is_yes=True)


@extend_schema(
    operation_id="refuse_approval",
    summary="Say no, and why; one no ends the request",
    description="Not by who asked for it or made the thing. 409 for another digest than asked for.",
    request={"application/json": bodies.SIGN_NO.schema},
    responses=responses({200: ApprovalDetail}, 404, 409, 422, is_write=True),
)
@api_view(["POST"])
def refuse(request: Request, approval_id: UUID) -> Response:
    return _sign(request, approval_id, bodies.SIGN_NO, is_yes=False)


def _sign(request: Request, approval_id: UUID, body: bodies.Body, *, is_yes: bool) -> Response:
    user = callers.person(request)
    found = shared.approval_for(user, approval_id)
    given = body.read(request)
    principal = shared.principal_for(user, found, given.get("principal") or str(user.pk))
    operations.sign(
        approval_id=found.pk,
        actor=user,
        is_yes=is_yes,
        digest=given["digest"],
        comment=given.get("comment", ""),
        principal=principal,
    )
    return _answer(user, approval_id)


@extend_schema(
    operation_id="withdraw_approval",
    summary="Take a request back, or a yes: what it allowed stops at once",
    request={"application/json": bodies.WITHDRAW.schema},
    responses=responses({200: ApprovalDetail}, 404, 409, 422, is_write=True),
)
@api_view(["POST"])
def withdraw(request: Request, approval_id: UUID) -> Response:
    user = callers.person(request)
    found = shared.approval_for(user, approval_id)
    is_live = found.state in (Approval.State.REQUESTED, Approval.State.GRANTED)
    if is_live and not shared.may_withdraw(user, found):
        raise PermissionDenied
    reason = bodies.WITHDRAW.read(request)["reason"]
    operations.withdraw(approval_id=found.pk, actor=user, reason=reason)
    return _answer(user, approval_id)


@extend_schema(
    operation_id="comment_approval",
    summary="Say something about a request",
    request={"application/json": bodies.COMMENT.schema},
    responses=responses({200: CommentMade}, 404, 422, is_write=True),
)
@api_view(["POST"])
def comment(request: Request, approval_id: UUID) -> Response:
    user = callers.person(request)
    found = shared.approval_for(user, approval_id)
    if not shared.takes_part(user, found):
        raise PermissionDenied
    text = bodies.COMMENT.read(request)["text"]
    made = operations.comment(approval_id=found.pk, actor=user, text=text)
    return Response({"id": made.pk, "by": made.actor_id, "text": made.text, "at": made.at})


def _answer(user: User, approval_id: UUID) -> Response:
    """The request as it stands, for this person."""
    return Response(_detail(user, shared.approval_for(user, approval_id)))


def _summary(row: Approval) -> Json:
    return {
        "id": row.pk,
        "process": row.process_id,
        "kind": row.kind,
        "title": row.title,
        "digest": row.digest,
        "state": row.state,
        "risk": row.risk,
        "roles": row.roles,
        "reason": row.reason,
        "requested_by": row.requested_by_id,
        "requested_at": row.requested_at,
        "closes_at": row.closes_at,
        "valid_until": row.valid_until,
    }


def _detail(user: User, row: Approval) -> Json:
    ways: list[signing.Way] = []
    why_not = ""
    if row.state == Approval.State.REQUESTED:
        ways, why_not = signing.ways(row, signing.Signer.of(user))
    signatures: Any = sorted(row.signatures.all(), key=lambda one: one.at)
    comments: Any = sorted(row.comments.all(), key=lambda one: one.at)
    return {
        **_summary(row),
        "author": row.author_id,
        "changes": [
            {"path": one.path, "old": one.old, "new": one.new}
            for one in changes(row.before, row.after)
        ],
        "signatures": [
            {
                "role": one.role,
                "by": one.actor_id,
                "principal": one.principal_id,
                "is_yes": one.is_yes,
                "comment": one.comment,
                "at": one.at,
            }
            for one in signatures
        ],
        "comments": [{"by": one.actor_id, "text": one.text, "at": one.at} for one in comments],
        "evidence": [
            {
                "id": one.pk,
                "name": one.name,
                "media_type": one.media_type,
                "digest": one.digest,
            }
            for one in queries.evidence_of(row)
        ],
        "ways": [{"principal": one.principal.pk, "role": one.role} for one in ways],
        "why_not": why_not,
        "may_withdraw": shared.may_withdraw(user, row),
        "ended_reason": row.ended_reason,
    }
