"""One item's whole life."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from governance.contracts.agreement import agreement_of
from review import access
from review.console import fields, queries, showing, words, workspace
from review.console.pages import actor_of, page
from review.console.timeline import life_of
from review.console.views.history import Past, past
from review.documents.queries import documents_of
from review.models import Decision, Effect, Item, Route
from review.tasks.sealing import concealment


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
        "documents": documents_of(found.pk) if agreement.documents is not None else [],
        "may_download": access.rights(actor).has(found.process_id, "download_documents"),
        "may_audit": access.rights(actor).has(found.process_id, "view_ledger"),
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
