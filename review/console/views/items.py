"""Finding items, and one item's whole life."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from governance.contracts.agreement import agreement_of
from review import access
from review.console import fields, queries, showing, words, workspace
from review.console.pages import actor_of, page
from review.console.timeline import life_of
from review.console.views.history import Past, past
from review.models import Decision, Effect, Item, Route
from review.tasks.sealing import concealment


@dataclass(frozen=True, slots=True)
class Row:
    """An item of the list."""

    id: UUID
    headline: str
    external_id: str
    process: str
    state: str
    state_text: str
    received_at: datetime
    due: words.Due | None  # of what still waits


@login_required
@require_GET
def items(request: HttpRequest) -> HttpResponse:
    """Items of the processes I may see, newest first; nothing is counted."""
    mine = access.rights(request.user)
    processes = mine.processes("view_items")
    if not processes:
        raise PermissionDenied
    wanted = _wanted(request)
    found = queries.items_page(processes, wanted)
    shown = found[: queries.PAGE_ROWS]
    now = timezone.now()
    narrowed = {
        key: value
        for key, value in (
            ("process", wanted.process),
            ("state", wanted.state),
            ("external_id", wanted.external_id),
        )
        if value
    }
    older = {**narrowed, "before": str(shown[-1]["id"])} if len(found) > len(shown) else None
    context = {
        "rows": [_row(row, now) for row in shown],
        "processes": processes,
        "states": Item.State.choices,
        "wanted": wanted,
        "is_narrowed": bool(narrowed),
        "older": urlencode(older) if older else "",
        "newest": urlencode(narrowed),
        "is_first": wanted.before is None,
    }
    return page(request, "review/items.html", context, current="items")


def _wanted(request: HttpRequest) -> queries.ItemFilter:
    state = request.GET.get("state", "")
    try:
        before = UUID(request.GET["before"]) if request.GET.get("before") else None
    except ValueError:
        before = None
    return queries.ItemFilter(
        process=request.GET.get("process", "")[:60].replace("\0", ""),
        state=state if state in Item.State.values else "",
        external_id=request.GET.get("external_id", "").strip()[:200].replace("\0", ""),
        before=before,
    )


def _row(row: dict[str, Any], now: datetime) -> Row:
    reference = row["external_id"] or str(row["id"])[-6:]
    is_waiting = row["state"] in (Item.State.RECEIVED, Item.State.WAITING)
    return Row(
        id=row["id"],
        headline=words.label(row["headline"]) if row["headline"] else reference,
        external_id=reference,
        process=row["process_id"],
        state=row["state"],
        state_text=Item.State(row["state"]).label,
        received_at=row["received_at"],
        due=words.due(row["due_at"], now) if is_waiting else None,
    )


@login_required
@require_GET
def item(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """One item: input, route, candidate, tasks, decisions, effects and its ledger entries."""
    actor = actor_of(request)
    found = access.item_for(actor, item_id)
    agreement = agreement_of(found.contract_id)
    now = timezone.now()
    tasks = queries.item_tasks(found)
    concealed = concealment(found.pk)
    decisions = [
        one
        for one in queries.item_decisions(found)
        if not concealed.decisions or one.actor_id == actor.pk
    ]
    route = queries.item_route(found)
    context = {
        "item": found,
        "headline": workspace.headline_of(agreement, found),
        "reference": found.external_id or str(found.pk)[-6:],
        "due": words.due(found.due_at, now) if found.ended_at is None else None,
        "input": showing.read(agreement.input_schema, found.payload, title=agreement.input_title),
        "route": route,
        "concealed": concealed,
        "reasons": [] if concealed.candidate else _reasons(route, found),
        "fields": [] if concealed.candidate else _candidate_fields(route, found),
        "tasks": tasks,
        "decisions": [_told(one, found, now) for one in decisions],
        "effects": []
        if concealed.decisions
        else [_effect_line(effect) for effect in queries.item_effects(found)],
        "life": life_of(found, viewer=actor.pk, concealed=concealed),
    }
    return page(request, "review/item.html", context, current="items")


def _effects(decision: object) -> list[Effect]:
    shown: list[Effect] = getattr(decision, "shown_effects", [])
    return shown


@dataclass(frozen=True, slots=True)
class Told:
    """A decision with its output in words."""

    row: Past
    output: list[workspace.Fact]


def _told(decision: Decision, found: Item, now: datetime) -> Told:
    decision.item = found  # spares a query for each
    agreement = agreement_of(found.contract_id)
    output = workspace.output_facts(agreement, decision.output or {})
    return Told(past(decision, _effects(decision), now), output)


def _candidate_fields(route: Route | None, found: Item) -> Sequence[fields.Field]:
    if route is None or route.candidate is None:
        return []
    made = route.candidate
    candidate = {"output": made.output, "confidence": made.confidence, "sources": made.sources}
    return fields.build(agreement_of(found.contract_id), candidate=candidate)


def _reasons(route: Route | None, found: Item) -> list[str]:
    agreement = agreement_of(found.contract_id)
    return [workspace.why(one, agreement) for one in route.reasons] if route else []


@dataclass(frozen=True, slots=True)
class EffectLine:
    effect: Effect
    name: str
    state: str
    is_reversal: bool
    reversible: str


def _effect_line(effect: Effect) -> EffectLine:
    is_reversal = effect.compensates_id is not None
    reversible = ""
    if not is_reversal:
        reversible = effect.irreversible or "Can be reversed"
    return EffectLine(
        effect=effect,
        name=words.label(effect.name),
        state=words.state(effect),
        is_reversal=is_reversal,
        reversible=reversible,
    )
