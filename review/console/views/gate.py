"""Held outputs: the officer's queue, one output, and the answer to it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from governance.contracts.agreement import agreement_of
from governance.errors import Conflict, InvalidInput, NotAllowed
from review import access
from review.console import held, words, workspace
from review.console.pages import actor_of, go, is_partial, page, refusal
from review.gate import answering, queries
from review.gate.answering import Citation
from review.gate.models import GateHold

TEMPLATE = "governance/gate/hold.html"
ROWS = 50
RIGHT = "serve_compliance_officer"


@login_required
@require_GET
def gate(request: HttpRequest) -> HttpResponse:
    """What waits for me, what is due first before."""
    processes = _served(request)
    after = _uuid(request.GET.get("after", ""))
    found = queries.held(processes, after=after, limit=ROWS + 1)
    shown = found[:ROWS]
    now = timezone.now()
    context = {
        "rows": [
            {
                "hold": one,
                "headline": workspace.headline_of(agreement_of(one.item.contract_id), one.item),
                "reference": one.item.external_id or str(one.item_id)[-6:],
                "due": words.due(one.due_at, now),
                "reasons": held.in_short(one),
                "who": one.decision.actor.display_name if one.decision.actor else "the model",
            }
            for one in shown
        ],
        "waiting": queries.waiting(processes),
        "is_first": after is None,
        "next_after": shown[-1].pk if len(found) > ROWS else None,
    }
    return page(request, "governance/gate/index.html", context, current="governance")


@login_required
@require_GET
def following(request: HttpRequest) -> HttpResponse:
    """On to the next held output: after one of them, or the first."""
    return go(request, *_next(request, _uuid(request.GET.get("after", ""))))


@login_required
@require_GET
def hold(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """One held output: what came in, what was decided, why it is held, what would be sent."""
    actor = actor_of(request)
    output = held.held_output(access.hold_for(actor, hold_id), actor)
    context = {
        "work": output,
        "waiting": queries.waiting(_served(request)),
    }
    return page(request, TEMPLATE, context, current="governance")


@login_required
@require_POST
def release(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Let it go, and on to the next."""
    actor = actor_of(request)
    found = access.hold_for(actor, hold_id)
    try:
        answering.release(hold_id=hold_id, actor=actor, comment=request.POST.get("comment", ""))
    except (Conflict, InvalidInput, NotAllowed) as error:
        return _refusal(request, error)
    messages.success(request, f"Released: {_name(found)}.")
    return go(request, *_next(request, hold_id))


@login_required
@require_POST
def refuse(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Refuse it by a policy: its decision is undone; and on to the next."""
    actor = actor_of(request)
    found = access.hold_for(actor, hold_id)
    version, heading = held.chosen(found.process_id, request.POST.get("citation", ""))
    try:
        if version is None:
            raise InvalidInput("Cite a policy that is in force.", {"citation": "required"})
        answering.refuse(
            hold_id=hold_id,
            actor=actor,
            citation=Citation(version, heading),
            comment=request.POST.get("comment", ""),
        )
    except InvalidInput as error:
        if not is_partial(request):
            return _refusal(request, error)
        response = render(request, f"{TEMPLATE}#refuse_error", {"error": error}, status=422)
        response["HX-Retarget"] = "dialog[open] .field-error"
        response["HX-Reswap"] = "innerHTML"
        return response
    except (Conflict, NotAllowed) as error:
        return _refusal(request, error)
    messages.success(request, f"Refused: {_name(found)}. It is decided anew.")
    return go(request, *_next(request, hold_id))


def _refusal(request: HttpRequest, error: Conflict | InvalidInput | NotAllowed) -> HttpResponse:
    status = 409 if isinstance(error, Conflict) else 403 if isinstance(error, NotAllowed) else 422
    return refusal(request, error, status=status, back="gate")


def _served(request: HttpRequest) -> list[str]:
    processes = access.rights(request.user).processes(RIGHT)
    if not processes:
        raise PermissionDenied
    return processes


def _next(request: HttpRequest, after: UUID | None) -> tuple[str, UUID] | tuple[str]:
    """Where to go on: what stands behind, else the first again, else the empty queue."""
    processes = _served(request)
    behind = queries.held(processes, after=after, limit=1)
    found = behind or queries.held(processes, limit=2)
    others = [one.pk for one in found if one.pk != after]
    if others:
        return "gate-hold", others[0]
    if after is not None and found:
        messages.info(request, "This is the only output that waits.")
        return "gate-hold", found[0].pk
    return ("gate",)


def _name(found: GateHold) -> str:
    return workspace.headline_of(agreement_of(found.item.contract_id), found.item)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
