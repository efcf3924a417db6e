"""Effects that failed for good: sending them again, or giving them up."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from governance.errors import Conflict, InvalidInput
from review import access
from review.console import queries, words
from review.console.pages import actor_of, go, is_partial, page, refusal
from review.effects import operations

TEMPLATE = "review/failed_effects.html"


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
                "dialog": f"write-off-{effect.pk}",
                "question": f"{words.label(effect.name)}: settled by hand",
                "can_open": mine.has(effect.item.process_id, "view_items"),
            }
            for effect in shown
        ],
        "next_before": shown[-1].pk if len(found) > len(shown) else None,
    }
    return page(request, TEMPLATE, context, current="failed-effects")


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


@login_required
@require_POST
def write_off(request: HttpRequest, effect_id: UUID) -> HttpResponse:
    """Give a failed effect up that was settled by hand, with a reason."""
    actor = actor_of(request)
    effect = access.effect_for(actor, effect_id)
    reason = request.POST.get("reason", "").replace("\0", "")
    try:
        operations.write_off(effect_id=effect.pk, actor=f"user:{actor.pk}", reason=reason)
    except InvalidInput as error:
        if not is_partial(request):
            return refusal(request, error, status=422, back="failed-effects")
        response = render(request, f"{TEMPLATE}#reason_error", {"error": error}, status=422)
        response["HX-Retarget"] = "dialog[open] .field-error"
        response["HX-Reswap"] = "innerHTML"
        return response
    except Conflict as error:
        return refusal(request, error, status=409, back="failed-effects")
    messages.success(request, f"{words.label(effect.name)} is given up as settled by hand.")
    return go(request, "failed-effects")
