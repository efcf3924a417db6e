"""What I decided, one decision, and taking it back or amending it."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from governance.contracts.agreement import agreement_of
from governance.errors import Conflict, InvalidInput
from governance.models import User
from review import access
from review.console import fields, queries, showing, words, workspace
from review.console.pages import actor_of, is_partial, page, refusal
from review.decisions import operations as decisions
from review.effects.withdrawing import NotForeseen, foresee
from review.models import Decision, Effect, Task
from review.tasks import operations as tasks
from review.tasks.sealing import concealment


@dataclass(frozen=True, slots=True)
class Prospect:
    """What an undo would do to one effect, told before it happens.

    what is a kind of `Withdrawal.what`, "" where nothing would be done. apology is the contract's
    text to send by hand where the effect cannot be taken back.
    """

    text: str
    what: str
    apology: str

    @property
    def is_final(self) -> bool:
        return self.what == "irreversible"


@dataclass(frozen=True, slots=True)
class Past:
    """A decision as a row; `prospects` is what an undo would do to each effect."""

    decision: Decision
    headline: str
    verdict: str
    effect_lines: list[str]
    can_undo: bool
    can_amend: bool
    is_free: bool  # nothing was sent yet
    seconds_left: int
    prospects: list[Prospect]

    @property
    def foreseen(self) -> str:
        """What the person is told by this page, for `decisions.undo` to hold to."""
        return ",".join(sorted({one.what for one in self.prospects if one.what})) or "nothing"


def past(decision: Decision, effects: list[Effect], now: datetime) -> Past:
    is_active = decision.state == Decision.State.ACTIVE
    kinds = {effect.pk: foresee(effect) or "" for effect in effects}
    live = [
        one
        for one in effects
        if one.state not in ("cancelled", "compensated") or words.is_written_off(one)
    ]
    return Past(
        decision=decision,
        headline=workspace.headline_of(agreement_of(decision.item.contract_id), decision.item),
        verdict=words.decision_line(decision),
        effect_lines=[f"{one.name}: {words.state(one)}" for one in effects],
        can_undo=is_active,
        can_amend=is_active and decision.settles,
        is_free=set(kinds.values()) <= {"cancelled", ""},
        seconds_left=max(0, int((decision.undo_until - now).total_seconds())),
        prospects=[
            Prospect(
                text=words.prospect(effect, now),
                what=kinds[effect.pk],
                apology=effect.apology if kinds[effect.pk] == "irreversible" else "",
            )
            for effect in live
        ],
    )


@login_required
@require_GET
def history(request: HttpRequest) -> HttpResponse:
    """My decisions, newest first, twenty a page."""
    actor = actor_of(request)
    rows = queries.history_of(actor, before=_uuid(request.GET.get("before", "")))
    now = timezone.now()
    shown = rows[: queries.HISTORY_ROWS]
    context = {
        "rows": [past(row, _effects(row), now) for row in shown],
        "next_before": shown[-1].pk if len(rows) > queries.HISTORY_ROWS else None,
        "is_first": "before" not in request.GET,
    }
    return page(request, "review/history.html", context, current="history")


@login_required
@require_GET
def recent(request: HttpRequest) -> HttpResponse:
    """My last decisions, each with what an undo would do: the dialog of every page."""
    actor = actor_of(request)
    now = timezone.now()
    rows = queries.history_of(actor)[: queries.HISTORY_ROWS]
    here = _task_on_screen(request)
    context = {
        "rows": [past(row, _effects(row), now) for row in rows],
        "here": here,
        "on_screen": here is not None,
    }
    return render(request, "review/recent.html", context)


def _task_on_screen(request: HttpRequest) -> str | None:
    """The task that the page below the dialog shows: an undo there needs no other page."""
    address = request.headers.get("HX-Current-URL", "")
    try:
        match = resolve(urlsplit(address).path)
    except (Resolver404, ValueError):
        return None
    return str(match.kwargs["task_id"]) if match.url_name == "task" else None


def _effects(decision: Decision) -> list[Effect]:
    shown: list[Effect] = getattr(decision, "shown_effects", [])
    return shown


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@login_required
@require_GET
def decision(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """One decision: what it says, what undoing it would do, and a form to amend it."""
    found = access.decision_for(actor_of(request), decision_id)
    if _is_sealed(found, actor_of(request)):
        # Undoing stays possible: it needs no knowledge of what was decided.
        context = {"row": past(found, [], timezone.now())}
        return page(request, "review/decision_sealed.html", context, current="history")
    return _decision_page(request, found)


def _is_sealed(found: Decision, actor: User) -> bool:
    """Whether another's decision must not be seen, while somebody judges the item unaided."""
    return found.actor_id != actor.pk and concealment(found.item_id).decisions


def _decision_page(
    request: HttpRequest,
    found: Decision,
    *,
    error: InvalidInput | None = None,
    posted: dict[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    agreement = agreement_of(found.item.contract_id)
    effects = list(found.effects.filter(compensates__isnull=True).order_by("pk"))
    candidate = None
    if found.candidate is not None and not (found.task and found.task.is_blind):
        candidate = {
            "output": found.candidate.output,
            "confidence": found.candidate.confidence,
            "sources": found.candidate.sources,
        }
    values = posted if posted is not None else (found.output or {})
    mine = access.rights(request.user)
    context = {
        "row": past(found, effects, timezone.now()),
        "may_audit": mine.has(found.item.process_id, "view_ledger"),
        "input": showing.read(
            agreement.input_schema, found.item.payload, title=agreement.input_title
        ),
        "fields": fields.build(
            agreement, candidate=candidate, values=values, errors=error.errors if error else None
        ),
        "output": workspace.output_facts(agreement, found.output or {}),
        "error": error,
        "is_mine": found.actor_id == actor_of(request).pk,
    }
    return page(request, "review/decision.html", context, current="history", status=status)


@login_required
@require_POST
def undo(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Take a decision back, and say what became of each effect.

    From the review screen (htmx) the reopened task comes back at once; what was open there
    waits as `return_to`.
    """
    actor = actor_of(request)
    found = access.decision_for(actor, decision_id)
    # What a sealed decision caused would tell what it was: its undo is asked for unseen.
    is_sealed = _is_sealed(found, actor)
    told = None if is_sealed else request.POST.get("foreseen")
    try:
        undone = decisions.undo(
            decision_id=found.pk,
            actor=actor,
            foreseen=None if told is None else told.split(","),
        )
    except NotForeseen as error:
        return _unforeseen(request, found, error)
    except Conflict as error:
        return refusal(request, error, status=409, back="history")
    if found.verdict == Decision.Verdict.CORRECT and found.actor_id == actor.pk and undone.task_id:
        tasks.save_draft(
            task_id=undone.task_id,
            actor=actor,
            output=found.output or {},
            reason=found.reason,
            evidence=found.evidence,
        )
    fates = [words.fate(one) for one in undone.withdrawals if not is_sealed]
    if is_sealed:
        messages.success(
            request, "Undone. What it had caused is taken back where that is possible."
        )
        return redirect("history")
    if is_partial(request) and undone.task_id:
        response = _reopened(request, actor, undone.task_id, fates)
        if response is not None:
            return response
    messages.success(request, "Undone. " + (" ".join(fates) or "It had caused nothing."))
    return redirect("decision", found.pk)


def _unforeseen(request: HttpRequest, found: Decision, error: NotForeseen) -> HttpResponse:
    """The consequences as they are now, to be undone with open eyes or left alone."""
    if not is_partial(request):
        messages.warning(request, str(error))
        return redirect("decision", found.pk)
    effects = list(found.effects.filter(compensates__isnull=True).order_by("pk"))
    context = {
        "row": past(found, effects, timezone.now()),
        "error": error,
        "here": request.POST.get("here", ""),
    }
    response = render(request, "review/undo_anyway.html", context, status=409)
    response["HX-Retarget"] = "#notice"
    response["HX-Reswap"] = "innerHTML"
    return response


def _reopened(
    request: HttpRequest, actor: User, task_id: UUID, fates: list[str]
) -> HttpResponse | None:
    here = _uuid(request.POST.get("here", ""))
    return_to = str(here) if here and here != task_id else ""
    work = workspace.open_workspace(task_id, actor, return_to=return_to)
    if work is None or work.task.state != Task.State.CLAIMED or work.task.claimed_by_id != actor.pk:
        return None
    context = {"work": work, "fates": fates or ["It had caused nothing."], "undone": True}
    response = render(request, "review/task.html#next", context)
    response["HX-Push-Url"] = resolve_url("task", task_id)
    return response


@login_required
@require_POST
def amend(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Put another decision in its place: what was done is taken back, then done anew."""
    actor = actor_of(request)
    found = access.decision_for(actor, decision_id)
    agreement = agreement_of(found.item.contract_id)
    verdict = request.POST.get("verdict", "")
    output = None
    if verdict != Decision.Verdict.REJECT:
        output = fields.parse(agreement, request.POST)
    try:
        amended = decisions.amend(
            decision_id=found.pk,
            actor=actor,
            verdict=verdict,
            output=output,
            reason=request.POST.get("reason", "").replace("\0", "").strip(),
        )
    except InvalidInput as error:
        return _decision_page(request, found, error=error, posted=output, status=422)
    except Conflict as error:
        return refusal(request, error, status=409, back="history")
    fates = [words.fate(withdrawal) for withdrawal in amended.withdrawals]
    messages.success(request, " ".join(["Amended.", *fates]))
    return redirect("decision", amended.decision.pk)
