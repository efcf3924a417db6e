"""The list of items by the filters that the console has: for people, not for producers."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import InvalidInput
from review.api import callers, paging, presenting
from review.finding import filters
from review.finding.queries import After, find
from review.models import Decision, Item, Queue, Route

# Beside process, state and external_id, which producers may ask for as well.
WIDER = (
    *("q", "queue", "route", "why", "check", "segment", "verdict", "person", "version"),
    *("received_from", "received_to", "decided_from", "decided_to", "due", "documents", "sort"),
)
_DAY = {"type": "string", "format": "date"}
_ID = {"type": "string", "format": "uuid"}
PARAMETERS = [
    OpenApiParameter("q", str, description="Words, amounts or ids; words by their beginning."),
    OpenApiParameter("queue", str, description="Name of the queue they stand in; with `process`."),
    OpenApiParameter("route", str, enum=Route.Outcome.values),
    OpenApiParameter("why", str, description="Code of a reason of the route."),
    OpenApiParameter("check", str, description="Name of a check that failed."),
    OpenApiParameter("segment", str),
    OpenApiParameter("verdict", str, enum=Decision.Verdict.values),
    OpenApiParameter("person", str, description="Id of who decided, or `automatic`."),
    OpenApiParameter("version", _ID, description="Id of the model's version."),
    OpenApiParameter("received_from", _DAY, description="First day, UTC."),
    OpenApiParameter("received_to", _DAY, description="Last day, UTC."),
    OpenApiParameter("decided_from", _DAY),
    OpenApiParameter("decided_to", _DAY),
    OpenApiParameter("due", str, enum=list(filters.DUE), description="Of what still waits."),
    OpenApiParameter("documents", str, enum=["yes"], description="Only items with documents."),
    OpenApiParameter("sort", str, enum=list(filters.SORTS)),
]


def is_wider(request: Request) -> bool:
    """Whether the caller asks for more than what every caller may ask for."""
    asked = request.query_params
    return any(name in asked for name in WIDER) or asked.get("external_id", "").endswith("*")


def listed(request: Request, readable: Sequence[str]) -> Response:
    """A page of items by any filter. Raises InvalidInput for what makes no sense."""
    if callers.producer_of(request) is not None:
        raise InvalidInput(
            "Producers list items by process, state and external id.",
            {name: "is not for producers" for name in request.query_params if name in WIDER}
            or {"external_id": "must be given in full"},
        )
    for name in (*WIDER, "external_id"):
        paging.text_parameter(request, name, limit=filters.MAX_TEXT)
    wanted = filters.read(_asked(request, readable), is_strict=True)
    limit = paging.limit_of(request)
    found = find(readable, wanted, after=_after(request), limit=limit)
    items = Item.objects.defer("payload", "salt").in_bulk(list(found.ids))
    results = [presenting.item_summary(request, items[one]) for one in found.ids if one in items]
    return Response({"results": results, "next": _next(request, found.after)})


def _asked(request: Request, readable: Sequence[str]) -> dict[str, str]:
    asked = {name: str(value) for name, value in request.query_params.items() if name != "columns"}
    name = asked.get("queue")
    if name is not None:
        slug = asked.get("process", "")
        queue = Queue.objects.filter(process_id=slug, name=name).first()
        if queue is None or slug not in readable:
            raise InvalidInput("The filter is wrong.", {"queue": "is no queue of this process"})
        asked["queue"] = str(queue.pk)
    return asked


def _after(request: Request) -> After | None:
    text = request.query_params.get("cursor")
    if text is None:
        return None
    after = After.read(text)
    if after is None:
        raise InvalidInput("A parameter is wrong.", {"cursor": "is not one of ours"})
    return after


def _next(request: Request, after: After | None) -> str | None:
    if after is None:
        return None
    query: QueryDict = request.query_params.copy()
    query["cursor"] = after.text()
    return request.build_absolute_uri(f"{request.path}?{urlencode(list(query.items()))}")
