"""Past cases like the one on the screen."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from governance.contracts.agreement import agreement_of
from governance.roles.roles import serve_permission
from review import access
from review.console import words
from review.console.pages import actor_of
from review.console.workspace import headline_of
from review.models import Decision
from review.similar.queries import Precedent, precedents_of
from review.tasks.operations import ClaimLost, require_claim


@dataclass(frozen=True, slots=True)
class Shown:
    """A past case in words. level is 1 to 3: how alike it is, for the shape beside the word."""

    precedent: Precedent
    headline: str
    level: int
    likeness: str
    verdict: str
    who: str
    ago: str
    changed: list[str]
    afterlife: str


@login_required
@require_GET
def similar(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """How like cases were decided, and whether that lasted; nothing for who decides unaided."""
    actor = actor_of(request)
    task = access.task_for(actor, task_id, "view_items")
    process = task.queue.process_id
    access.require_serving(actor, process)
    try:
        require_claim(task, actor)
    except ClaimLost:
        # Decided or escalated in the meantime, most likely: the panel is gone, and nobody lost
        # anything.
        return HttpResponse(status=204)
    access.require(actor, process, serve_permission(task.queue.role))
    found = [] if task.is_blind else precedents_of(task.item)
    context = {"cases": [_shown(one) for one in found], "is_blind": task.is_blind}
    return render(request, "review/similar.html", context)


def _shown(one: Precedent) -> Shown:
    agreement = agreement_of(one.item.contract_id)
    properties = agreement.output_schema["properties"]
    told = one.standing or one.decisions[-1]
    level, likeness = _likeness(one.likeness)
    return Shown(
        precedent=one,
        headline=headline_of(agreement, one.item),
        level=level,
        likeness=likeness,
        verdict=words.decision_line(told),
        who=told.actor.display_name if told.actor else "the model",
        ago=words.span((timezone.now() - told.created_at).total_seconds()),
        changed=[
            str(properties.get(name, {}).get("title") or words.label(name))
            for name in one.changed_fields()
        ],
        afterlife=_afterlife(one),
    )


def _likeness(value: float) -> tuple[int, str]:
    if value >= 0.95:
        return 3, "nearly the same"
    return (2, "very alike") if value >= 0.75 else (1, "alike")


def _afterlife(one: Precedent) -> str:
    """What became of the first decision, "" where it still stands."""
    if not one.was_reversed:
        return ""
    first = next(each for each in one.decisions if each.actor_id)
    was = words.decision_line(first).lower()
    standing = one.standing
    if standing is None:
        return f"was {was}, then undone; it is open again"
    if first.state == Decision.State.UNDONE:
        return f"was {was}, then undone and decided anew"
    return f"was {was}, then amended"
