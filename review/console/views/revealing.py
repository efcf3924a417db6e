"""Revealing one masked value: asking for a purpose, showing it for a while, hiding it again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from governance.contracts.agreement import Agreement, agreement_of
from governance.contracts.schemas import PERSONAL_LABELS
from governance.errors import Conflict, InvalidInput, NotAllowed
from governance.models import User
from governance.privacy.revealing import operations as reveals
from governance.privacy.revealing import queries as recorded
from review import access
from review.console import queries, showing, words, workspace
from review.console.pages import actor_of, is_partial, page
from review.console.veils import Veil, Veils
from review.models import Decision, Item
from review.revealing import operations
from review.revealing.queries import holds_claim, is_senior, may_reveal, sight_of
from review.tasks.sealing import concealment

# Where the value is part of more than itself, the page is drawn anew.
_WHOLE_PAGE = ("form", "documents")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request is about; label is the field's, name the field in words."""

    item: Item
    actor: User
    agreement: Agreement
    field: str
    place: str
    label: str
    name: str

    def veil(self) -> Veil:
        sight = sight_of(self.item, self.actor, self.agreement)
        return Veils(self.item.pk, sight).over(self.label, self.field, self.place)


@login_required
@require_http_methods(["GET", "POST"])
def reveal(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """GET: the value's place as it stands now, or with `ask` the dialog; POST: reveal, or with
    `hide` end it."""
    asked = _read(request, item_id)
    if request.method == "POST":
        return _post(request, asked)
    if "ask" in request.GET:
        return _ask(request, asked)
    return _standing(request, asked)


def _read(request: HttpRequest, item_id: UUID) -> _Asked:
    actor = actor_of(request)
    item = access.item_for(actor, item_id)
    if not may_reveal(access.rights(actor), item.process_id):
        raise PermissionDenied
    agreement = agreement_of(item.contract_id)
    field = request.GET.get("field", "")[:300]
    label = agreement.label_at(field)
    if label not in PERSONAL_LABELS:
        raise Http404
    place = request.GET.get("place", "")[:60]
    return _Asked(item, actor, agreement, field, place, label, _name(agreement, field))


def _name(agreement: Agreement, field: str) -> str:
    side, _, path = field.partition(".")
    if field == "documents":
        return "Documents"
    node: Any = agreement.input_schema if side == "input" else agreement.output_schema
    for part in path.split("."):
        node = node.get("properties", {}).get(part, {})
    return str(node.get("title") or words.label(path.rpartition(".")[2]))


def _ask(
    request: HttpRequest, asked: _Asked, *, error: Exception | None = None, status: int = 200
) -> HttpResponse:
    veil = asked.veil()
    if veil.is_open and error is None:
        return _standing(request, asked, into=veil)
    is_open_to_me = is_senior(asked.actor, asked.item.process_id) or (
        holds_claim(asked.item.pk, asked.actor) is not None
    )
    context = {
        "veil": veil,
        "name": asked.name,
        "error": error,
        "purpose": request.POST.get("purpose", ""),
        "left": recorded.left_of_budget(asked.actor),
        "is_open_to_me": is_open_to_me,
        "minutes": _minutes(),
    }
    if not is_partial(request):
        return page(request, "review/reveal.html", context, current="items", status=status)
    response = render(request, "components/reveal.html", context, status=status)
    response["HX-Retarget"] = "#reveal"
    response["HX-Reswap"] = "innerHTML"
    return response


def _minutes() -> int:
    return max(1, round(settings.REVEAL_SECONDS / 60))


def _post(request: HttpRequest, asked: _Asked) -> HttpResponse:
    if "hide" in request.POST:
        reveals.hide(item_id=asked.item.pk, person=asked.actor, field=asked.field)
        return _standing(request, asked)
    try:
        operations.reveal(
            item=asked.item,
            field=asked.field,
            actor=asked.actor,
            purpose=request.POST.get("purpose", ""),
        )
    except NotAllowed as error:
        return _ask(request, asked, error=error, status=403)
    except InvalidInput as error:
        return _ask(request, asked, error=error, status=422)
    except Conflict as error:
        return _ask(request, asked, error=error, status=409)
    return _standing(request, asked)


def _standing(request: HttpRequest, asked: _Asked, *, into: Veil | None = None) -> HttpResponse:
    """The place with its value where it is shown now, with its mask where it is not."""
    if not is_partial(request):
        return redirect("item", asked.item.pk)
    if asked.place in _WHOLE_PAGE:
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    veil = into or asked.veil()
    value = _value(asked) if veil.is_open else None
    response = render(request, "components/veil.html", {"veil": veil, "one": value})
    response["Cache-Control"] = "no-store"
    response["HX-Retarget"] = f"#{veil.html_id}"
    response["HX-Reswap"] = "outerHTML"
    if veil.is_open:
        response["HX-Trigger"] = json.dumps({"revealed": veil.html_id})
    return response


def _value(asked: _Asked) -> showing.Shown:
    """What is shown at the place. 404 for what is not there or sealed for this person."""
    side, _, path = asked.field.partition(".")
    if side == "input" and asked.place == "input":
        return _input_value(asked, path)
    output = _output(asked)
    if side != "output" or output is None or path not in output:
        raise Http404
    sight = sight_of(asked.item, asked.actor, asked.agreement)
    (fact,) = workspace.output_facts(
        asked.agreement, {path: output[path]}, Veils(asked.item.pk, sight), asked.place
    )
    return showing.Shown(fact.label, "value", path, text=fact.value)


def _input_value(asked: _Asked, path: str) -> showing.Shown:
    node: Any = asked.agreement.input_schema
    value: Any = asked.item.payload
    for part in path.split("."):
        if not isinstance(value, dict) or part not in value:
            raise Http404
        node, value = node.get("properties", {}).get(part, {}), value[part]
    return showing.value(path.rpartition(".")[2], value, node)


def _output(asked: _Asked) -> dict[str, Any] | None:
    concealed = concealment(asked.item.pk)
    if asked.place == "candidate":
        route = queries.item_route(asked.item)
        made = route.candidate if route is not None and not concealed.candidate else None
        return None if made is None else made.output
    place, _, key = asked.place.partition(":")
    try:
        decision = Decision.objects.filter(item=asked.item, pk=UUID(key)).first()
    except ValueError:
        return None
    if place != "decision" or decision is None:
        return None
    if concealed.decisions and decision.actor_id != asked.actor.pk:
        return None
    return decision.output


@login_required
@require_GET
def ledger(request: HttpRequest) -> HttpResponse:
    """Who revealed which field of which item, for what and how long."""
    mine = access.rights(request.user)
    processes = sorted({*mine.processes("view_ledger"), *mine.processes("erase_personal")})
    if not processes:
        raise PermissionDenied
    process = request.GET.get("process", "")
    person = request.GET.get("person", "").replace("\0", "").strip()[:150]
    item = _uuid(request.GET.get("item", ""))
    found = recorded.recorded(
        [one for one in processes if process in ("", one)],
        person=person,
        item=item,
        before=_uuid(request.GET.get("before", "")),
    )
    rows = found[: recorded.PAGE_ROWS]
    context = {
        "rows": [(one, _field_words(one.field)) for one in rows],
        "processes": processes,
        "wanted": {"process": process, "person": person, "item": item or ""},
        "next_before": rows[-1].pk if len(found) > recorded.PAGE_ROWS else None,
        "can_open": frozenset(mine.processes("view_items")),
    }
    return page(request, "governance/reveals/index.html", context, current="governance")


def _field_words(field: str) -> str:
    side, _, path = field.partition(".")
    if field == "documents":
        return "Documents"
    return f"{words.label(path)} ({'came in' if side == 'input' else 'output'})"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
