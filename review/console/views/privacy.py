"""Erasure: finding a person's items, asking, the receipt, and the report on what is held."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
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
from review.console.pages import actor_of, go, page, status_of
from review.erasure import disclosure as reports
from review.erasure import operations, queries
from review.erasure.obstacles import ENDED_WITH_WORK, WORDS, obstacles
from review.erasure.registry import STORE_WORDS
from review.finding.listing import reference
from review.models import ErasureRequest, Item
from review.subjects import operations as subjects
from review.subjects.normalising import is_one_persons

RIGHT = "erase_personal"
TABS = (
    ("privacy", "Requests"),
    ("privacy-find", "Find a person"),
    ("privacy-holds", "Legal holds"),
    ("privacy-rules", "Retention"),
)
_BASES = [one for one in ErasureRequest.Basis.choices if one[0] != "retention"]


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
        context = {"error": error, "typed": typed, "values_error": error.errors.get("values")}
        return framed(request, "find", "privacy-find", context, status=422)
    # Whoever shares a name is not erased by a hasty click: then each item is ticked by hand.
    ticks_free_ones = one is not None or is_one_persons(typed.splitlines())
    return framed(request, "find", "privacy-find", _found(found, typed, ticks_free_ones))


@dataclass(frozen=True, slots=True)
class Row:
    """An item that was found, with what stands in the way of erasing it, in words."""

    item: Item
    name: str
    obstacles: list[str]
    is_ticked: bool


def _found(
    found: subjects.Found,
    typed: str,
    ticks_free_ones: bool = False,
    ticked: Collection[UUID] = (),
) -> dict[str, Any]:
    """What the page of results shows. What a legal hold keeps is never ticked beforehand."""
    in_the_way = obstacles([item.pk for item in found.items])
    rows = []
    for item in found.items:
        codes = in_the_way.get(item.pk, ())
        is_free = not codes and item.erased_at is None
        is_ticked = (ticks_free_ones and is_free) or (item.pk in ticked and "held" not in codes)
        name = reference(item.external_id, item.pk)
        rows.append(Row(item, name, [WORDS[code] for code in codes], is_ticked))
    return {
        "rows": rows,
        "found": found,
        "typed": typed,
        "has_unticked": any(not row.is_ticked for row in rows),
        "origin": "subject" if found.digests else "item",
        "bases": _BASES,
    }


@login_required
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for ticked items to be erased. A first post tells what would go and asks once more; one
    whose step is "erase" does it, and "choose" leads back to the ticks."""
    rights_or_403(request, RIGHT)
    items = _chosen(request, "items")
    step = request.POST.get("step")
    if step == "choose":
        return _again(request, None)
    said: dict[str, Any] = {
        "item_ids": [item.pk for item in items],
        "basis": request.POST.get("basis", ""),
        "reference": request.POST.get("reference", ""),
        "ends_work": request.POST.get("ends_work") == "1",
    }
    origin = "subject" if request.POST.get("origin") == "subject" else "item"
    try:
        if step != "erase":
            operations.check(**said)
            return _confirming(request, items, ends_work=said["ends_work"])
        made = operations.request(**said, actor=actor_of(request), origin=origin)
    except (InvalidInput, Conflict) as error:
        return _again(request, error)
    return go(request, "privacy-receipt", made.pk)


def _confirming(request: HttpRequest, items: list[Item], *, ends_work: bool) -> HttpResponse:
    """What is about to be erased: everything that somebody has to know before they confirm it."""
    in_the_way = obstacles([item.pk for item in items])
    rows = []
    for item in items:
        codes = in_the_way.get(item.pk, ())
        told = [
            f"{WORDS[code]}: {'is ended' if code in ENDED_WITH_WORK else 'is waited for'}"
            for code in codes
        ]
        rows.append((item, reference(item.external_id, item.pk), told))
    given = request.POST
    context = {
        "rows": rows,
        "basis": dict(_BASES)[given["basis"]],
        "reference": given["reference"].strip(),
        "ends_work": ends_work,
        "kept": [
            (name, value)
            for name in ("origin", "basis", "reference", "ends_work", "items", "shown", "digests")
            for value in given.getlist(name)
        ],
    }
    return framed(request, "confirm", "privacy-find", context)


def _again(request: HttpRequest, error: InvalidInput | Conflict | None) -> HttpResponse:
    """The items that were found, with ticks and texts as they were, and what is wrong."""
    items = _chosen(request, "shown", "items")
    ticked = {one for text in request.POST.getlist("items") if (one := _id(text))}
    digests = tuple(request.POST.getlist("digests"))
    errors = error.errors if isinstance(error, InvalidInput) else {}
    context = {
        **_found(subjects.Found(items, False, digests), "", ticked=ticked),
        "origin": "subject" if request.POST.get("origin") == "subject" else "item",
        "error": error,
        # Not as errors.items, which a template takes for the method of a dict without that key.
        "items_error": errors.get("items"),
        "given": request.POST,
    }
    status = status_of(error) if error else 200
    return framed(request, "find", "privacy-find", context, status=status)


@login_required
@require_GET
def receipt(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """What became of a request, to print."""
    made = _request_for(request, request_id)
    shown = queries.receipt_of(made)
    stores = [(STORE_WORDS.get(store, store), count) for store, count in shown.stores]
    context = {"receipt": shown, "stores": stores, "made": made, "words": WORDS}
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
    items = _chosen(request, "items")
    if not items:
        return _again(request, InvalidInput("Nothing is ticked.", {"items": "At least one."}))
    case = request.POST.get("reference", "").strip()
    held = subjects.disclose(items, actor=actor_of(request), reference=case)
    if request.POST.get("format") == "json":
        answer = JsonResponse(reports.as_json(held), json_dumps_params={"indent": 2})
        answer["Content-Disposition"] = 'attachment; filename="disclosure.json"'
        return answer
    context = {"held": held, "reference": case}
    return framed(request, "disclosure", "", context)


def _chosen(request: HttpRequest, *names: str) -> list[Item]:
    """The items that fields name, all in processes where I may erase; 404 for any other."""
    texts = [text for name in names for text in request.POST.getlist(name)]
    ids = {one for text in texts if (one := _id(text))}
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
