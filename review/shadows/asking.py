"""Asking shadows: lease a few items, ask outside any transaction, keep what was said.

Shadows yield to everything else: SHADOWS_AT_ONCE batches are asked for at a time, by workers that
have nothing better to do, and a shadow that was ended, or a process that was paused, asks no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from governance.catalogue import shadowing
from governance.catalogue.models import Deployment
from governance.contracts.agreement import Agreement, agreement_of
from governance.contracts.models import Process
from governance.ledger.operations import Event, append_many
from governance.privacy.redact import redact
from governance.privacy.vault import keys
from integrations.providers.base import (
    MalformedOutput,
    Proposal,
    ProviderError,
    ProviderTransient,
)
from review.documents import giving
from review.documents.giving import Given
from review.items.intake import batch_size
from review.items.proposing import ask
from review.items.recording import keep_call, keep_failed_call
from review.models import Call, Candidate, Item, ShadowCandidate

log = structlog.get_logger(__name__)

ACTOR = "system:shadows"
MOST_ATTEMPTS = 3
FIRST_DELAY_SECONDS = 60
# The first number names this use among all advisory locks of the database.
_LEASING = 4_119_003


def work() -> int:
    """Ask for one batch of what is due; how many items it had, 0 where nothing is or enough are."""
    rows = _lease()
    if not rows:
        return 0
    shadow = rows[0].deployment
    items = {one.pk: one for one in Item.objects.filter(pk__in=[row.item_id for row in rows])}
    agreement = agreement_of(items[rows[0].item_id].contract_id)
    keys.ready(items[rows[0].item_id].contract_id)
    process = Process.objects.get(pk=shadow.process_id)
    given = giving.given_of(list(items)) if agreement.documents else {}
    asked = []
    for row in rows:
        row.item = items[row.item_id]
        why = _obstacle(row, shadow, process, agreement, given)
        if why:
            _withdraw(row, why)
        elif row.attempts > MOST_ATTEMPTS:
            _fail(row, "worker lost")
        else:
            asked.append(row)
    answers = ask(agreement, shadow.version, [row.item for row in asked], given)
    for row, answer in zip(asked, answers, strict=True):
        try:
            if isinstance(answer, Proposal):
                _keep(row, shadow, agreement, answer)
            else:
                _keep_failure(row, shadow, answer)
        except Exception as error:
            # One item's fault must not hold up the others; its lease runs out.
            log.error("shadow_broke", shadow=str(row.pk), error=type(error).__name__)
    return len(rows)


@transaction.atomic
def _lease() -> Sequence[ShadowCandidate]:
    """Due rows of one shadow and one contract, as many as its provider takes together."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LEASING])
    due = ShadowCandidate.objects.filter(state=ShadowCandidate.State.DUE)
    leased = due.filter(lease_until__gt=now)
    if leased.values("deployment").distinct().count() >= settings.SHADOWS_AT_ONCE:
        return []
    free = due.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now), due_at__lte=now)
    first = (
        free.select_related("deployment__version__model", "item")
        .exclude(deployment__in=leased.values("deployment"))
        .order_by("due_at", "id")
        .first()
    )
    if first is None:
        return []
    agreement = agreement_of(first.item.contract_id)
    size = batch_size(first.deployment.version.provider, agreement)
    if first.attempts:
        size = 1  # what broke its batch breaks no other's
    rows = list(
        free.filter(
            deployment=first.deployment,
            item__contract=first.item.contract_id,
            attempts=first.attempts,
        ).order_by("due_at", "id")[:size]
    )
    seconds = size * agreement.candidate.timeout_seconds + settings.RECORDING_SECONDS
    until = now + timedelta(seconds=max(settings.INFERENCE_LEASE_SECONDS, seconds))
    ShadowCandidate.objects.filter(pk__in=[row.pk for row in rows]).update(
        attempts=F("attempts") + 1, lease_until=until, due_at=until
    )
    for row in rows:
        row.attempts += 1
        row.deployment = first.deployment
    return rows


def _obstacle(
    row: ShadowCandidate,
    shadow: Deployment,
    process: Process,
    agreement: Agreement,
    given: Mapping[UUID, Given],
) -> str:
    """Why an item is not asked for any more; "" where it is."""
    if shadow.until is not None:
        return "shadow ended"
    if process.is_paused:
        return "process paused"
    if not shadowing.may_be_asked(shadow.version, row.item.contract_id):
        return "not approved"
    if row.item.content_erased_at is not None:
        return "erased"
    mine = given.get(row.item_id, giving.NOTHING)
    if agreement.documents is not None and mine.findings and not mine.documents:
        return "unreadable"
    return ""


def _locked(row: ShadowCandidate) -> ShadowCandidate | None:
    """The row if it is still this attempt's to write, behind its item; None if not."""
    row.item = Item.objects.select_for_update().get(pk=row.item_id)
    current = (
        ShadowCandidate.objects.select_for_update()
        .filter(pk=row.pk, state=ShadowCandidate.State.DUE, attempts=row.attempts)
        .first()
    )
    if current is not None:
        current.item = row.item
    return current


@transaction.atomic
def _keep(
    row: ShadowCandidate, shadow: Deployment, agreement: Agreement, proposal: Proposal
) -> None:
    current = _locked(row)
    if current is None:
        return
    if current.item.content_erased_at is not None:
        _end(current, ShadowCandidate.State.WITHDRAWN, "erased")
        return
    current.call = keep_call(current.item, current.attempts, proposal, shadow.version)
    current.output = proposal.output
    current.confidence = dict(proposal.confidence)
    current.differing = _differing(current.item, proposal.output)
    _end(current, ShadowCandidate.State.ANSWERED, "")
    append_many(
        [
            Event(
                kind="shadow.answered",
                item=current.item_id,
                process=current.item.process_id,
                actor=ACTOR,
                data={
                    "shadow": str(current.pk),
                    "deployment": str(shadow.pk),
                    "provider": proposal.provider,
                    "version": shadow.version.digest,
                    "answered_by": proposal.version,
                    "prompt_sha256": proposal.prompt_sha256,
                    "probability": current.probability,
                    # Committed to and not told: people may still have to judge the item.
                    "output": redact(
                        proposal.output, list(proposal.output), bytes(current.item.salt)
                    ),
                    "latency_ms": proposal.latency_ms,
                    "input_tokens": proposal.input_tokens,
                    "output_tokens": proposal.output_tokens,
                    "cost_micros": proposal.cost_micros,
                },
            )
        ]
    )


def _differing(item: Item, output: Mapping[str, object]) -> list[str] | None:
    candidate = Candidate.objects.filter(item=item).order_by("-pk").only("output", "item").first()
    if candidate is None:
        return None
    candidate.item = item
    said = candidate.output
    return sorted(name for name in said.keys() | output if said.get(name) != output.get(name))


@transaction.atomic
def _keep_failure(row: ShadowCandidate, shadow: Deployment, error: ProviderError) -> None:
    """Try again in a while what failed for now, and end what failed for good or too often."""
    current = _locked(row)
    if current is None:
        return
    outcome = (
        Call.Outcome.MALFORMED
        if isinstance(error, MalformedOutput)
        else Call.Outcome.TRANSIENT
        if isinstance(error, ProviderTransient)
        else Call.Outcome.PERMANENT
    )
    keep_failed_call(current.item, current.attempts, error, shadow.version, outcome=outcome)
    if outcome == Call.Outcome.PERMANENT or current.attempts >= MOST_ATTEMPTS:
        _end(current, ShadowCandidate.State.FAILED, outcome)
        return
    delay = FIRST_DELAY_SECONDS * 2 ** (current.attempts - 1)
    current.due_at = timezone.now() + timedelta(seconds=delay)
    current.lease_until = None
    current.save(update_fields=["due_at", "lease_until"])


@transaction.atomic
def _withdraw(row: ShadowCandidate, why: str) -> None:
    current = _locked(row)
    if current is not None:
        _end(current, ShadowCandidate.State.WITHDRAWN, why)


@transaction.atomic
def _fail(row: ShadowCandidate, error: str) -> None:
    current = _locked(row)
    if current is not None:
        _end(current, ShadowCandidate.State.FAILED, error)


def _end(current: ShadowCandidate, state: str, error: str) -> None:
    current.state, current.error = state, error
    current.ended_at, current.lease_until = timezone.now(), None
    current.save(
        update_fields=[
            *("state", "error", "ended_at", "lease_until"),
            *("call", "output", "confidence", "differing"),
        ]
    )
    if state == ShadowCandidate.State.FAILED:
        data = {"shadow": str(current.pk), "deployment": str(current.deployment_id), "error": error}
        append_many(
            [
                Event(
                    kind="shadow.failed",
                    item=current.item_id,
                    process=current.item.process_id,
                    actor=ACTOR,
                    data=data,
                )
            ]
        )
