"""Reads of items: one with all that came of it, and pages of many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from governance.contracts.models import Contract
from review.gate.models import GateHold
from review.models import Decision, Effect, Item, Route
from review.routing.words import without_telling
from review.tasks.queries import CandidateView
from review.tasks.sealing import concealment


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item as one person may see it right now.

    While somebody is still to judge it unaided, the candidate is left out, and so is what others
    have decided, since an automatic acceptance says what the model said.
    """

    item: Item
    contract_number: int
    candidate: CandidateView | None
    hides_candidate: bool
    route: Route | None
    reasons: Sequence[Mapping[str, Any]]  # the route's, without those that tell what is hidden
    decisions: Sequence[Decision]
    hidden_decisions: frozenset[UUID]
    settling: Decision | None  # what the item rests on, unless hidden
    effects: Sequence[Effect]


def item_view(item: Item, viewer_id: UUID) -> ItemView:
    """What a person sees of an item: five statements, whatever its history."""
    concealed = concealment(item.pk)
    route = Route.objects.filter(item=item).first()
    reasons = route.reasons if route else []
    decisions = list(item.decisions.order_by("created_at", "pk"))
    hidden = frozenset(
        one.pk for one in decisions if concealed.decisions and one.actor_id != viewer_id
    )
    return ItemView(
        item=item,
        contract_number=_contract_number(item),
        candidate=None if concealed.candidate else _candidate(item),
        hides_candidate=concealed.candidate,
        route=route,
        reasons=without_telling(reasons) if concealed.candidate else reasons,
        decisions=decisions,
        hidden_decisions=hidden,
        settling=next((one for one in _settling(decisions) if one.pk not in hidden), None),
        effects=[] if hidden else list(item.effects.order_by("pk")),
    )


def outcome_view(item: Item) -> ItemView:
    """What the item's producer sees: how it ended, not how it came to that."""
    decisions = item.decisions.filter(state=Decision.State.ACTIVE, settles=True).exclude(
        gate_hold__state__in=GateHold.OPEN
    )
    return ItemView(
        item=item,
        contract_number=_contract_number(item),
        candidate=None,
        hides_candidate=True,
        route=None,
        reasons=(),
        decisions=(),
        hidden_decisions=frozenset(),
        settling=decisions.first(),
        effects=(),
    )


def _contract_number(item: Item) -> int:
    return Contract.objects.values_list("number", flat=True).get(pk=item.contract_id)


def _candidate(item: Item) -> CandidateView | None:
    found = item.candidates.order_by("-pk").first()
    if found is None:
        return None
    return CandidateView(found.pk, found.output, found.confidence, found.sources)


def _settling(decisions: Sequence[Decision]) -> list[Decision]:
    return [one for one in decisions if one.settles and one.state == Decision.State.ACTIVE]


def newest(
    processes: Sequence[str],
    *,
    state: str | None = None,
    external_id: str | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[Item]:
    """Items of these processes, newest first, without their payloads; nothing is counted.

    Each process is read on its own index and the heads are merged, so that a rare state costs
    what a common one does.
    """
    heads = [_head(process, state, external_id, before, limit) for process in processes]
    if len(heads) < 2:
        return list(heads[0]) if heads else []
    return list(heads[0].union(*heads[1:], all=True).order_by("-id")[:limit])


def _head(
    process: str, state: str | None, external_id: str | None, before: UUID | None, limit: int
) -> QuerySet[Item]:
    items = Item.objects.filter(process_id=process).defer("payload", "salt")
    if state is not None:
        items = items.filter(state=state)
    if external_id is not None:
        items = items.filter(external_id=external_id)
    if before is not None:
        items = items.filter(pk__lt=before)
    return items.order_by("-id")[:limit]
