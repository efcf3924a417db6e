"""Erasure: finding a person's items, asking, the receipt, and the report on what is held."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.errors import Conflict, InvalidInput
from review import access
from review.access import Rights
from review.console.pages import actor_of, go, page, refusal, status_of
from review.erasure import disclosure as reports
from review.erasure import operations, queries
from review.erasure.obstacles import WORDS, obstacles
from review.models import ErasureRequest, Item
from review.subjects import operations as subjects

RIGHT = "erase_personal"
TABS = (
    ("privacy", "Requests"),
    ("privacy-find", "Find a person"),
    ("privacy-holds", "Legal holds"),
    ("privacy-rules", "Retention"),
)


def rights_or_403(request: HttpRequest, codename: str) -> Rights:
    mine = access.rights(actor_of(request))
    if not mine.has_anywhere(codename):
        raise PermissionDenied
    return mine


def framed(
    request: HttpRequest, name: str, current: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page of this area, with its tabs."""
    tabs = [(address, label, address == current) for address, label in TABS]
    context = {
        **context,
        "tabs": tabs,
        "may_erase": access.rights(actor_of(request)).has_anywhere(RIGHT),
    }
    return page(
        request, f"governance/privacy/{name}.html", context, current="governance", status=status
    )


@login_required
@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    """Requests for erasure in the processes I see, by people or by retention."""
    mine = rights_or_403(request, "view_governance")
    retention = request.GET.get("by") == "retention"
    found = list(
        queries.requests(
            mine.processes("view_governance"),
            before=_id(request.GET.get("before", "")),
            retention=retention,
        )
    )
    context = {
        "requests": found[: queries.PAGE],
        "older": found[queries.PAGE - 1].pk if len(found) > queries.PAGE else None,
        "retention": retention,
        "now": timezone.now(),
    }
    return framed(request, "index", "privacy", context)


@login_required
@require_http_methods(["GET", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Find a person's items; values are posted, so that they stand in no address and no log."""
    mine = rights_or_403(request, RIGHT)
    if request.method == "GET":
        return framed(request, "find", "privacy-find", {})
    typed = request.POST.get("values", "")
    one = _id(request.POST.get("item", "").strip())
    processes = mine.processes(RIGHT)
    try:
        if one is not None:
            items = Item.objects.filter(pk=one, process__in=processes).defer("payload")
            found = subjects.Found(list(items.select_related("process")), False, ())
        else:
            found = subjects.look_for(
                typed.splitlines(), processes=processes, actor=actor_of(request)
            )
    except InvalidInput as error:
        context = {"error": error, "typed": typed}
        return framed(request, "find", "privacy-find", context, status=422)
    return framed(request, "find", "privacy-find", _found(found, typed))


def _found(found: subjects.Found, typed: str) -> dict[str, Any]:
    in_the_way = obstacles([item.pk for item in found.items])
    rows = [(item, [WORDS[code] for code in in_the_way.get(item.pk, ())]) for item in found.items]
    return {
        "rows": rows,
        "found": found,
        "typed": typed,
        "origin": "subject" if found.digests else "item",
        "bases": [one for one in ErasureRequest.Basis.choices if one[0] != "retention"],
    }


@login_required
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for ticked items to be erased; what stands in the way is told beside what was ticked."""
    rights_or_403(request, RIGHT)
    items = _ticked(request)
    origin = "subject" if request.POST.get("origin") == "subject" else "item"
    try:
        made = operations.request(
            item_ids=[item.pk for item in items],
            actor=actor_of(request),
            origin=origin,
            basis=request.POST.get("basis", ""),
            reference=request.POST.get("reference", ""),
            ends_work=request.POST.get("ends_work") == "1",
        )
    except (InvalidInput, Conflict) as error:
        found = _found(subjects.Found(items, False, ()), "")
        context = {**found, "origin": origin, "error": error, "given": request.POST}
        return framed(request, "find", "privacy-find", context, status=status_of(error))
    return go(request, "privacy-receipt", made.pk)


@login_required
@require_GET
def receipt(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """What became of a request, to print."""
    made = _request_for(request, request_id)
    context = {"receipt": queries.receipt_of(made), "made": made, "words": WORDS}
    return framed(request, "receipt", "", context)


@login_required
@require_GET
def receipt_json(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The same for files and machines."""
    made = _request_for(request, request_id)
    answer = JsonResponse(
        queries.as_json(queries.receipt_of(made)), json_dumps_params={"indent": 2}
    )
    answer["Content-Disposition"] = f'attachment; filename="erasure-{made.pk}.json"'
    return answer


@login_required
@require_POST
def disclosure(request: HttpRequest) -> HttpResponse:
    """What is held in ticked items, to print, or as JSON."""
    rights_or_403(request, RIGHT)
    items = _ticked(request)
    if not items:
        error = InvalidInput("Choose at least one item.", {"items": "required"})
        return refusal(request, error, status=422, back="privacy-find")
    reference = request.POST.get("reference", "").strip()
    held = subjects.disclose(items, actor=actor_of(request), reference=reference)
    if request.POST.get("format") == "json":
        answer = JsonResponse(reports.as_json(held), json_dumps_params={"indent": 2})
        answer["Content-Disposition"] = 'attachment; filename="disclosure.json"'
        return answer
    context = {"held": held, "reference": reference}
    return framed(request, "disclosure", "", context)


def _ticked(request: HttpRequest) -> list[Item]:
    """The chosen items, all in processes where I may erase; 404 for any other."""
    ids = {one for text in request.POST.getlist("items") if (one := _id(text))}
    mine = access.rights(actor_of(request))
    items = list(
        Item.objects.filter(pk__in=ids, process__in=mine.processes(RIGHT))
        .select_related("process")
        .order_by("-pk")[: operations.MOST_ITEMS + 1]
    )
    if len(items) != len(ids):
        raise Http404
    return items


def _request_for(request: HttpRequest, request_id: UUID) -> ErasureRequest:
    """A request whose processes I all see; 404 otherwise."""
    mine = access.rights(actor_of(request))
    made = (
        ErasureRequest.objects.select_related("requested_by", "rule").filter(pk=request_id).first()
    )
    if made is None or not _sees_all(mine, made.processes):
        raise Http404
    return made


def _sees_all(mine: Rights, processes: Collection[str]) -> bool:
    return all(mine.has(process, "view_governance") for process in processes)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
