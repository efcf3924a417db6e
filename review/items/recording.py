"""What came of asking: candidate, route, task or automatic decision, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.approvals import queries as approvals
from governance.catalogue.models import ModelVersion
from governance.contracts.agreement import Agreement
from governance.contracts.models import Process
from governance.contracts.rules import Verdict
from governance.incidents.thresholds import floor_of
from governance.ledger.operations import Event, append_many
from governance.privacy.redact import redact
from integrations.providers.base import Finding, Proposal, ProviderError
from review import routing
from review.decisions.settling import accept_automatically
from review.items.checking import failed_checks, tested
from review.items.models import Call, Candidate, Item, Route
from review.models import Task
from review.routing import (
    CandidateView,
    FieldBand,
    Outcome,
    Reason,
    RouteDecision,
    Situation,
    Stage,
    route,
    sample_point,
)
from review.tasks.operations import open_task
from review.tasks.rounds import open_round
from review.transitions import ITEM, check

_ACTOR = "system:routing"
_KIND = {
    Outcome.REVIEW: Task.Kind.REVIEW,
    Outcome.COMPLIANCE: Task.Kind.COMPLIANCE,
    Outcome.MANUAL: Task.Kind.MANUAL,
}


def lock_current(item: Item) -> Item | None:
    """The item's locked row if it is still this attempt's to write; None if not."""
    return (
        Item.objects.select_for_update()
        .filter(pk=item.pk, state=Item.State.RECEIVED, attempts=item.attempts)
        .first()
    )


def record_candidate(
    item: Item,
    process: Process,
    agreement: Agreement,
    version: ModelVersion,
    proposal: Proposal,
    *,
    findings: Sequence[Finding] = (),
) -> None:
    """Keep the candidate and route the item by it; nothing if another worker was first.

    findings are those about the documents, beside what the proposal found by itself.
    """
    answers = tested(agreement, item, proposal.output)
    found = _found([*findings, *proposal.findings])
    try:
        _record_once(item, process, agreement, version, proposal, found, answers)
    except IntegrityError:
        # It was halted, or an approval ended, between the look and the write, which the database
        # then refuses. The second look sees it, and the answer is not asked for again.
        _record_once(item, process, agreement, version, proposal, found, answers)


@transaction.atomic
def _record_once(
    item: Item,
    process: Process,
    agreement: Agreement,
    version: ModelVersion,
    proposal: Proposal,
    findings: tuple[routing.Finding, ...],
    answers: Mapping[str, Verdict],
) -> None:
    current = lock_current(item)
    if current is not None:
        _record(current, process, agreement, version, proposal, findings, answers)


def _record(
    current: Item,
    process: Process,
    agreement: Agreement,
    version: ModelVersion,
    proposal: Proposal,
    findings: tuple[routing.Finding, ...],
    answers: Mapping[str, Verdict],
) -> None:
    now = timezone.now()
    call = keep_call(current, current.attempts, proposal, version)
    candidate = Candidate.objects.create(
        item=current,
        call=call,
        output=proposal.output,
        confidence=proposal.confidence,
        sources=proposal.confidence_source,
        evidence=evidence_of(proposal),
        raw=proposal.raw,
    )
    made = Event(
        kind="candidate.made",
        item=current.pk,
        process=process.pk,
        actor=_ACTOR,
        data={
            "candidate": str(candidate.pk),
            "provider": proposal.provider,
            "version": version.digest,
            "answered_by": proposal.version,
            "prompt_sha256": proposal.prompt_sha256,
            "output": redact(
                proposal.output, agreement.personal_output_fields, bytes(current.salt)
            ),
            "confidence": proposal.confidence,
            "sources": proposal.confidence_source,
            "latency_ms": proposal.latency_ms,
            "input_tokens": proposal.input_tokens,
            "output_tokens": proposal.output_tokens,
            "cost_micros": proposal.cost_micros,
        },
    )
    situation = situation_of(
        current, process, agreement, version, candidate, findings=findings, answers=answers
    )
    _apply_route(current, process, agreement, route(situation), candidate, now=now, before=[made])


def keep_call(
    item: Item,
    attempt: int,
    proposal: Proposal,
    version: ModelVersion | None = None,
    *,
    is_shadow: bool = False,
) -> Call:
    """Keep a call that was answered: who was asked, and what it took."""
    return Call.objects.create(
        item=item,
        attempt=attempt,
        provider=proposal.provider,
        version=version,
        prompt_sha256=proposal.prompt_sha256,
        outcome=Call.Outcome.ANSWERED,
        latency_ms=proposal.latency_ms,
        input_tokens=proposal.input_tokens,
        output_tokens=proposal.output_tokens,
        cost_micros=proposal.cost_micros,
        is_shadow=is_shadow,
    )


def keep_failed_call(
    item: Item,
    attempt: int,
    error: ProviderError,
    version: ModelVersion,
    *,
    outcome: str,
    is_shadow: bool = False,
) -> Call:
    """Keep a call that gave nothing to use, with what it took as far as that is known."""
    spent = error.call
    return Call.objects.create(
        item=item,
        attempt=attempt,
        provider=version.provider,
        version=version,
        prompt_sha256=spent.prompt_sha256 if spent else "",
        outcome=outcome,
        error=str(error)[:200],
        latency_ms=spent.latency_ms if spent else 0,
        input_tokens=spent.input_tokens if spent else 0,
        output_tokens=spent.output_tokens if spent else 0,
        cost_micros=spent.cost_micros if spent else 0,
        is_shadow=is_shadow,
    )


def situation_of(
    item: Item,
    process: Process,
    agreement: Agreement,
    version: ModelVersion,
    candidate: Candidate,
    *,
    findings: tuple[routing.Finding, ...],
    answers: Mapping[str, Verdict],
) -> Situation:
    """All that a candidate is routed by, as it is now; the caller holds the item's row lock."""
    return Situation(
        stage=Stage(process.stage),
        risk=agreement.segment_named(item.segment).risk,
        segment=item.segment,
        bands={
            name: FieldBand(band.automatic, band.manual) for name, band in agreement.bands.items()
        },
        required_fields=agreement.required_output_fields,
        candidate=CandidateView(confidence=candidate.confidence, sources=candidate.sources),
        failed_checks=failed_checks(agreement, item, candidate.output, answers),
        findings=findings,
        obstacles=_obstacles(process, version, item),
        floor=floor_of(process.pk) if process.stage in approvals.ACTING_STAGES else 0.0,
        quality_sample_rate=agreement.quality_sample_rate,
        sample_point=sample_point(item.pk),
    )


def _obstacles(process: Process, version: ModelVersion, item: Item) -> tuple[str, ...]:
    """What keeps the model from acting alone; looked up only in stages in which it may."""
    if process.stage not in approvals.ACTING_STAGES:
        return ()
    return approvals.obstacles(process.pk, version.pk, item.contract_id)


def evidence_of(proposal: Proposal) -> dict[str, list[dict[str, Any]]]:
    """Where each value comes from, as plain JSON: by dotted path of the output."""
    return {path: [asdict(one) for one in places] for path, places in proposal.evidence.items()}


def _found(findings: Sequence[Finding]) -> tuple[routing.Finding, ...]:
    """Findings as routing knows them, each once."""
    found: dict[str, routing.Finding] = {}
    for one in findings:
        numbers = dict(one.numbers)
        if one.about:
            numbers["field"] = one.about
        found.setdefault(f"{one.code} {numbers}", routing.Finding(one.code, numbers))
    return tuple(found.values())


@transaction.atomic
def leave_to_people(
    item: Item,
    process: Process,
    agreement: Agreement,
    reason: Reason,
    *,
    findings: Sequence[Finding] = (),
) -> None:
    """Route an item without a candidate: people decide."""
    current = lock_current(item)
    if current is None:
        return
    _apply_route(
        current,
        process,
        agreement,
        _without_candidate(process, agreement, current, reason, findings),
        None,
        now=timezone.now(),
    )


def _without_candidate(
    process: Process,
    agreement: Agreement,
    item: Item,
    reason: Reason,
    findings: Sequence[Finding] = (),
) -> RouteDecision:
    return route(
        Situation(
            stage=Stage(process.stage),
            risk=agreement.segment_named(item.segment).risk,
            segment=item.segment,
            bands={},
            required_fields=frozenset(),
            candidate=None,
            no_candidate=reason,
            findings=_found(findings),
        )
    )


@transaction.atomic
def record_failure(
    item: Item,
    process: Process,
    agreement: Agreement,
    version: ModelVersion,
    error: ProviderError,
    *,
    outcome: str,
    retry_at: datetime | None,
    findings: Sequence[Finding] = (),
) -> None:
    """Keep a failed call; try again at `retry_at`, or leave the item to people if None."""
    current = lock_current(item)
    if current is None:
        return
    keep_failed_call(current, current.attempts, error, version, outcome=outcome)
    failed = Event(
        kind="candidate.failed",
        item=current.pk,
        process=process.pk,
        actor=_ACTOR,
        data={
            "provider": version.provider,
            "version": version.digest,
            "attempt": current.attempts,
            "outcome": outcome,
            "error": str(error)[:200],
            "retry_at": retry_at.isoformat() if retry_at else None,
        },
    )
    if retry_at is not None:
        current.not_before = current.hint_at = retry_at
        current.lease_until = None
        current.save(update_fields=["not_before", "hint_at", "lease_until"])
        append_many([failed])
        return
    reason = Reason("candidate_failed", {"error": outcome, "attempts": current.attempts})
    _apply_route(
        current,
        process,
        agreement,
        _without_candidate(process, agreement, current, reason, findings),
        None,
        now=timezone.now(),
        before=[failed],
    )


def _apply_route(
    item: Item,
    process: Process,
    agreement: Agreement,
    decided: RouteDecision,
    candidate: Candidate | None,
    *,
    now: datetime,
    before: Sequence[Event] = (),
) -> None:
    """Write the route and what follows from it: an automatic decision, or tasks."""
    reasons = [reason.as_dict() for reason in decided.reasons]
    Route.objects.create(
        item=item,
        candidate=candidate,
        outcome=decided.outcome.value,
        reasons=reasons,
        stage=process.stage,
        is_sampled=decided.is_sampled,
    )
    events = [
        *before,
        Event(
            kind="item.routed",
            item=item.pk,
            process=process.pk,
            actor=_ACTOR,
            data={
                "outcome": decided.outcome.value,
                "reasons": reasons,
                "stage": process.stage,
                "segment": item.segment,
                "contract": str(item.contract_id),
                "is_sampled": decided.is_sampled,
            },
        ),
    ]
    item.lease_until = None
    if decided.outcome == Outcome.AUTOMATIC:
        assert candidate is not None
        _, settled = accept_automatically(item, candidate, agreement, now=now)
        events += settled
        if decided.is_sampled:
            _, opened = open_task(item, Task.Kind.QUALITY, actor=_ACTOR, is_blind=True)
            events.append(opened)
    else:
        check(ITEM, item.state, Item.State.WAITING)
        item.state = Item.State.WAITING
        item.save(update_fields=["state", "lease_until"])
        _, opened_all = open_round(
            item, _KIND[decided.outcome], agreement, actor=_ACTOR, is_blind=decided.is_blind
        )
        events += opened_all
    append_many(events)
