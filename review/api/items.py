"""Handing items in, and what became of them."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view, parser_classes
from rest_framework.request import Request
from rest_framework.response import Response

from governance.contracts.agreement import agreement_of
from governance.errors import InvalidInput
from governance.ledger.lineage import verify_item
from review import access
from review.api import answers, bodies, callers, finding, paging, presenting, throttling
from review.api.answers import answers as responses
from review.api.multipart import MultipartParser, Parts
from review.api.parsers import ItemJSONParser, require_announced
from review.documents.queries import documents_of
from review.items import intake, queries
from review.models import Item
from review.tasks.sealing import concealment, withholds

MAX_KEY_CHARACTERS = 200
PAGING = [
    OpenApiParameter("cursor", str, description="From `next` of the page before."),
    OpenApiParameter(
        "limit", {"type": "integer", "minimum": 1, "maximum": paging.MAX_LIMIT, "default": 50}
    ),
]


@extend_schema(
    methods=["POST"],
    operation_id="hand_in_item",
    summary="Hand an item in",
    request={
        "application/json": bodies.WITH_FILES.schema,
        MultipartParser.media_type: bodies.PARTS,
    },
    parameters=[
        OpenApiParameter(
            "Idempotency-Key",
            {"type": "string", "minLength": 1, "maxLength": MAX_KEY_CHARACTERS},
            OpenApiParameter.HEADER,
            description="The same key and body, files included, give the same item; "
            "another body gives 409.",
        )
    ],
    responses=responses({202: answers.Received}, 409, 422, 429, is_write=True),
)
@extend_schema(
    methods=["GET"],
    operation_id="list_items",
    summary="Items, newest first where no other order is asked for",
    parameters=[
        OpenApiParameter("process", str),
        OpenApiParameter("state", str, enum=Item.State.values),
        OpenApiParameter("external_id", str, description="In full, or its beginning and `*`."),
        *finding.PARAMETERS,
        *PAGING,
    ],
    responses=responses({200: answers.ItemPage}, 422),
)
@api_view(["GET", "POST"])
@parser_classes([ItemJSONParser, MultipartParser])
def items(request: Request) -> Response:
    return _hand_in(request) if request.method == "POST" else _list(request)


def _hand_in(request: Request) -> Response:
    require_announced(request)
    sent = request.data
    parts = sent.get("parts") if isinstance(sent, Mapping) else None
    if isinstance(parts, Parts):
        body = bodies.ITEM.check(parts.item())
    else:
        body = bodies.WITH_FILES.check(sent)
    process = callers.submit_process(request, body["process"])
    incoming = bodies.incoming(body)
    throttling.take(request)
    if isinstance(parts, Parts):
        files = tuple(parts.files(intake.files_taken_by(process)))
        incoming = replace(incoming, documents=files)
        request.body_sha256 = parts.digest()  # type: ignore[attr-defined]
    received = intake.receive(
        process,
        incoming,
        actor=callers.actor_of(request),
        producer_id=callers.producer_of(request),
        idempotency=_idempotency(request),
    )
    return Response(presenting.received(request, received), status=202)


def _idempotency(request: Request) -> tuple[str, bytes] | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (1 <= len(key) <= MAX_KEY_CHARACTERS and key.isascii() and key.isprintable()):
        raise InvalidInput(
            "The Idempotency-Key is wrong.",
            {"Idempotency-Key": f"must have 1 to {MAX_KEY_CHARACTERS} printable characters"},
        )
    return key, request.body_sha256  # type: ignore[attr-defined]


def _list(request: Request) -> Response:
    readable = callers.readable(request)
    if finding.is_wider(request):
        return finding.listed(request, readable)
    process = paging.text_parameter(request, "process", limit=60)
    limit = paging.limit_of(request)
    found = queries.newest(
        [slug for slug in readable if process in (None, slug)],
        state=paging.parameter(request, "state", Item.State.values),
        external_id=paging.text_parameter(request, "external_id", limit=200),
        before=paging.cursor_of(request),
        limit=limit + 1,
    )
    results = [presenting.item_summary(request, item) for item in found[:limit]]
    return Response(paging.page(request, found, limit, results))


@extend_schema(
    operation_id="get_item",
    summary="An item: state, candidate, route with reasons, decisions, effects",
    responses=responses({200: answers.Item}, 404),
)
@api_view(["GET"])
def item(request: Request, item_id: UUID) -> Response:
    """Values labelled personal or sensitive are `{"masked": label}` but for what the person has
    revealed, and for a producer's key with the scope `items:personal`.

    What a caller may not see is null: a producer sees the outcome alone, and nobody sees the
    candidate while somebody is still to judge the item without it."""
    found = callers.item_for(request, item_id)
    if callers.producer_of(request) is not None:
        view = queries.outcome_view(found)
    else:
        view = queries.item_view(found, callers.person(request).pk)
    takes_files = agreement_of(found.contract_id).documents is not None
    documents = documents_of(found.pk) if takes_files else []
    return Response(presenting.item(request, view, documents, callers.sight_of(request, found)))


@extend_schema(
    operation_id="get_lineage",
    summary="An item's ledger entries, with their hashes and whether they verify",
    responses=responses({200: answers.Lineage}, 404),
)
@api_view(["GET"])
def lineage(request: Request, item_id: UUID) -> Response:
    """`data` is null where it would say what must not be seen while somebody still judges."""
    user = callers.person(request)
    found = access.item_for(user, item_id)
    concealed = concealment(found.pk)
    own = callers.actor_of(request)
    entries = [
        presenting.entry(
            one,
            is_withheld=withholds(concealed, kind=one.kind, is_own=one.actor == own),
        )
        for one in verify_item(found.pk)
    ]
    verifies = all(one["is_valid"] for one in entries)
    return Response({"item": found.pk, "verifies": verifies, "entries": entries})
