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
from review.console.veils import Veils
from review.console.views.history import Past, past
from review.documents.queries import documents_of
from review.finding.listing import is_title_personal
from review.models import Decision, Effect, Item, Route
from review.revealing.queries import sight_of
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
    sight = sight_of(found, actor, agreement)
    veils = Veils(found.pk, sight)
    context = {
        "item": found,
        "headline": workspace.headline_of(agreement, found),
        "reference": found.external_id or str(found.pk)[-6:],
        "due": words.due(found.due_at, now) if found.ended_at is None else None,
        "input": showing.read(
            agreement.input_schema,
            sight.payload(agreement, found.payload),
            title=None if is_title_personal(agreement) else agreement.input_title,
            veils=veils,
        ),
        "route": route,
        "concealed": concealed,
        "hold": queries.open_hold(found) if agreement.gate is not None else None,
        "may_answer": access.rights(actor).has(found.process_id, "serve_compliance_officer"),
        "reasons": [] if concealed.candidate else _reasons(route, found),
        "fields": [] if concealed.candidate else _candidate_facts(route, found, veils),
        "tasks": tasks,
        "decisions": [_told(one, found, now, veils) for one in decisions],
        "effects": []
        if concealed.decisions
        else [_effect_line(effect) for effect in queries.item_effects(found)],
        "documents": documents_of(found.pk) if agreement.documents is not None else [],
        "documents_veil": veils.over(agreement.documents.privacy, "documents", "documents")
        if agreement.documents is not None and agreement.has_private_documents
        else None,
        "may_download": access.rights(actor).has(found.process_id, "download_documents"),
        "may_look_back": access.rights(actor).has(found.process_id, "view_governance"),
        "looked_at": route.at if route else found.received_at,
        "may_audit": access.rights(actor).has(found.process_id, "view_ledger"),
        "life": life_of(found, viewer=actor.pk, concealed=concealed),
    }
    response = page(request, "review/item.html", context, current="items")
    response["Cache-Control"] = "no-store"
    return response


def _effects(decision: object) -> list[Effect]:
    shown: list[Effect] = getattr(decision, "shown_effects", [])
    return shown


@dataclass(frozen=True, slots=True)
class Told:
    """A decision with its output in words."""

    row: Past
    output: list[workspace.Fact]


def _told(decision: Decision, found: Item, now: datetime, veils: Veils) -> Told:
    decision.item = found  # spares a query for each
    agreement = agreement_of(found.contract_id)
    place = f"decision:{decision.pk}"
    output = workspace.output_facts(agreement, decision.output or {}, veils, place)
    return Told(past(decision, _effects(decision), now), output)


def _candidate_facts(route: Route | None, found: Item, veils: Veils) -> Sequence[fields.Field]:
    if route is None or route.candidate is None:
        return []
    made = route.candidate
    candidate = {"output": made.output, "confidence": made.confidence, "sources": made.sources}
    agreement = agreement_of(found.contract_id)
    return fields.build(
        agreement,
        candidate=candidate,
        hidden=veils.sight.hidden_outputs(agreement),
        veils=veils,
        place="candidate",
        is_own=False,
    )


def _reasons(route: Route | None, found: Item) -> list[str]:
    agreement = agreement_of(found.contract_id)
    return [workspace.why(one, agreement) for one in route.reasons] if route else []


@dataclass(frozen=True, slots=True)
class EffectLine:
    effect: Effect
    name: str
    state: str
    is_reversal: bool
    is_held: bool
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
        is_held=effect.is_held and effect.state == Effect.State.SCHEDULED,
        reversible=reversible,
    )
