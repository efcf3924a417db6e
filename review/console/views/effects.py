"""Effects that failed for good, and sending them again."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from governance.errors import Conflict
from review import access
from review.console import queries, words
from review.console.pages import actor_of, page, refusal
from review.effects import operations


@login_required
@require_GET
def failed(request: HttpRequest) -> HttpResponse:
    """What the other systems refused for good, in processes whose effects I operate."""
    mine = access.rights(request.user)
    processes = mine.processes("operate_effects")
    if not processes:
        raise PermissionDenied
    try:
        before = UUID(request.GET["before"]) if request.GET.get("before") else None
    except ValueError:
        before = None
    found = queries.failed_effects(processes, before=before)
    shown = found[: queries.FAILED_ROWS]
    context = {
        "rows": [
            {
                "effect": effect,
                "name": words.label(effect.name),
                "reference": effect.item.external_id or str(effect.item_id)[-6:],
                "can_open": mine.has(effect.item.process_id, "view_items"),
            }
            for effect in shown
        ],
        "next_before": shown[-1].pk if len(found) > len(shown) else None,
    }
    return page(request, "review/failed_effects.html", context, current="failed-effects")


@login_required
@require_POST
def retry(request: HttpRequest, effect_id: UUID) -> HttpResponse:
    """Send a failed effect again, under the same idempotency key."""
    actor = actor_of(request)
    effect = access.effect_for(actor, effect_id)
    try:
        operations.retry(effect_id=effect.pk, actor=f"user:{actor.pk}")
    except Conflict as error:
        return refusal(request, error, status=409, back="failed-effects")
    messages.success(request, f"{words.label(effect.name)} is being sent again.")
    return redirect("failed-effects")
