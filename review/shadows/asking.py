"""Asking shadows: lease a few items, ask outside any transaction, keep what was said.

Shadows yield to everything else: SHADOWS_AT_ONCE batches are asked for at a time, by the workers
that ask the champions, whichever shadow's turn it is; one that was ended, or whose process is
paused, is asked no more.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from governance.catalogue import providers, shadowing
from governance.catalogue.models import Deployment
from governance.contracts.agreement import Agreement, agreement_of
from governance.ledger.operations import Event, append_many
from governance.privacy.redact import commitment
from governance.privacy.vault import keys
from integrations.encryption import EncryptionError
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
MAX_DELAY_SECONDS = 3600
LOOKED_AT = 200  # due items of a shadow among which those of one batch are looked for
# The first number names this use among all advisory locks of the database.
_LEASING = 4_119_003
_IDLE_SQL = """
    SELECT d.id, d.until IS NOT NULL FROM governance_deployment d
    JOIN governance_process p ON p.slug = d.process_id
    WHERE d.role = 'shadow' AND (d.until IS NOT NULL OR p.is_paused)
"""
# What is being asked for is left to its worker, who keeps that the item was handed over.
_WITHDRAW_SQL = """
    UPDATE review_shadowcandidate SET state = 'withdrawn', ended_at = %(now)s, lease_until = NULL,
        error = CASE WHEN deployment_id = ANY(%(ended)s) THEN 'shadow ended'
                ELSE 'process paused' END
    WHERE deployment_id = ANY(%(idle)s) AND state = 'due'
      AND (lease_until IS NULL OR lease_until <= %(now)s)
"""


def work() -> int:
    """Ask for one batch of what is due; how many items it had, 0 where nothing is or enough are."""
    rows = _lease()
    if not rows:
        return 0
    items = {one.pk: one for one in Item.objects.filter(pk__in=[row.item_id for row in rows])}
    contract_id = items[rows[0].item_id].contract_id
    try:
        keys.ready(contract_id)
    except EncryptionError as error:  # a key service that is away: no item's fault
        log.error("shadow_key_missing", contract=str(contract_id), error=type(error).__name__)
        _release(rows, counts=False)
        return len(rows)
    try:
        _ask(rows, items, contract_id)
    except Exception as error:
        log.error("shadow_batch_broke", items=len(rows), error=type(error).__name__)
        _release(rows, counts=True)
    return len(rows)


def withdraw_ended() -> int:
    """Ask no more for what was drawn by shadows that ended since, or of paused processes."""
    with connection.cursor() as cursor:
        cursor.execute(_IDLE_SQL)
        idle = dict(cursor.fetchall())
        if not idle:
            return 0
        ended = [key for key, is_ended in idle.items() if is_ended]
        given: dict[str, Any] = {"now": timezone.now(), "idle": list(idle), "ended": ended}
        cursor.execute(_WITHDRAW_SQL, given)
        return cursor.rowcount


def _ask(rows: Sequence[ShadowCandidate], items: Mapping[UUID, Item], contract_id: UUID) -> None:
    shadow = rows[0].deployment
    agreement = agreement_of(contract_id)
    given = giving.given_of(list(items)) if agreement.documents else {}
    refused = _refused(shadow, agreement, contract_id)
    asked = []
    for row in rows:
        row.item = items[row.item_id]
        why = refused or _obstacle(row, agreement, given)
        if why:
            _end_alone(row, ShadowCandidate.State.WITHDRAWN, why)
        elif row.attempts > MOST_ATTEMPTS:
            _end_alone(row, ShadowCandidate.State.FAILED, "worker lost")
        else:
            asked.append(row)
    if not asked:
        return
    answers = ask(agreement, shadow.version, [row.item for row in asked], given)
    for row, answer in zip(asked, answers, strict=True):
        try:
            if isinstance(answer, Proposal):
                _keep(row, shadow, answer)
            else:
                _keep_failure(row, shadow, answer)
        except Exception as error:
            # One item's fault must not hold up the others.
            log.error("shadow_broke", shadow=str(row.pk), error=type(error).__name__)
            _release([row], counts=True)


@transaction.atomic
def _lease() -> Sequence[ShadowCandidate]:
    """Due rows of one shadow and one contract, as many as its provider takes together."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LEASING])
    due = ShadowCandidate.objects.filter(state=ShadowCandidate.State.DUE)
    leased = set(due.filter(lease_until__gt=now).values_list("deployment", flat=True))
    if len(leased) >= settings.SHADOWS_AT_ONCE:
        return []
    shadows = list(
        Deployment.objects.filter(role=Deployment.Role.SHADOW, until__isnull=True)
        .exclude(pk__in=leased)
        .exclude(process__is_paused=True)
        .select_related("version__model")
    )
    random.shuffle(shadows)  # each has its turn, however long the others' lines are
    for shadow in shadows:
        rows = _batch(shadow, now)
        if rows:
            return rows
    return []


def _batch(shadow: Deployment, now: datetime) -> Sequence[ShadowCandidate]:
    """What is leased of one shadow; those tried before go alone, as they may have broken a batch.

    A lease moves due_at to its end, so that nothing leased is due.
    """
    due = (
        ShadowCandidate.objects.filter(
            deployment=shadow, state=ShadowCandidate.State.DUE, due_at__lte=now
        )
        .order_by("due_at", "id")
        .annotate(contract=F("item__contract"))
    )
    first = due.first()
    if first is None:
        return []
    agreement = agreement_of(first.contract)
    size = 1 if first.attempts else batch_size(shadow.version.provider, agreement)
    alike = [
        row
        for row in due[:LOOKED_AT]
        if row.contract == first.contract and row.attempts == first.attempts
    ]
    rows = alike[:size]
    asking = len(rows) * agreement.candidate.timeout_seconds + settings.RECORDING_SECONDS
    until = now + timedelta(seconds=max(settings.INFERENCE_LEASE_SECONDS, asking))
    ShadowCandidate.objects.filter(pk__in=[row.pk for row in rows]).update(
        attempts=F("attempts") + 1, lease_until=until, due_at=until
    )
    for row in rows:
        row.attempts += 1
        row.deployment = shadow
    return rows


def _release(rows: Sequence[ShadowCandidate], *, counts: bool) -> None:
    """Let go of what is still this attempt's, to be asked for again in a while."""
    again = timezone.now() + timedelta(seconds=FIRST_DELAY_SECONDS)
    for row in rows:
        current = ShadowCandidate.objects.filter(
            pk=row.pk, state=ShadowCandidate.State.DUE, attempts=row.attempts
        )
        attempts = row.attempts if counts else row.attempts - 1
        current.update(attempts=attempts, lease_until=None, due_at=again)


def _refused(shadow: Deployment, agreement: Agreement, contract_id: UUID) -> str:
    """Why items of a contract are not handed to a shadow; "" where they are."""
    if not providers.is_as_registered(shadow.version, agreement):
        return "another version"  # an endpoint, under another prompt or other settings
    return "" if shadowing.may_be_asked(shadow.version, contract_id) else "not approved"


def _obstacle(row: ShadowCandidate, agreement: Agreement, given: Mapping[UUID, Given]) -> str:
    """Why an item is not asked for any more; "" where it is."""
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
def _keep(row: ShadowCandidate, shadow: Deployment, proposal: Proposal) -> None:
    current = _locked(row)
    if current is None:
        return
    if current.item.content_erased_at is not None:
        _end(current, ShadowCandidate.State.WITHDRAWN, "erased")
        return
    current.call = keep_call(
        current.item, current.attempts, proposal, shadow.version, is_shadow=True
    )
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
                    "output": _committed(current, proposal.output),
                    "latency_ms": proposal.latency_ms,
                    "input_tokens": proposal.input_tokens,
                    "output_tokens": proposal.output_tokens,
                    "cost_micros": proposal.cost_micros,
                },
            )
        ]
    )


def _committed(row: ShadowCandidate, output: Mapping[str, Any]) -> dict[str, Any]:
    """Each value committed to and not told, since people may still have to judge the item.

    With the row and the field in it, as the same salt commits to notes and candidates: equal
    commitments would say that values are equal.
    """
    salt = bytes(row.item.salt)
    return {
        name: {"commitment": commitment([str(row.pk), name, value], salt)}
        for name, value in output.items()
    }


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
    if current.item.content_erased_at is not None:
        _end(current, ShadowCandidate.State.WITHDRAWN, "erased")
        return
    outcome = _outcome(error)
    keep_failed_call(
        current.item, current.attempts, error, shadow.version, outcome=outcome, is_shadow=True
    )
    if outcome == Call.Outcome.PERMANENT or current.attempts >= MOST_ATTEMPTS:
        _end(current, ShadowCandidate.State.FAILED, outcome)
        return
    delay = max(
        FIRST_DELAY_SECONDS * 2 ** (current.attempts - 1),
        getattr(error, "retry_after_seconds", None) or 0,
    )
    current.due_at = timezone.now() + timedelta(seconds=min(delay, MAX_DELAY_SECONDS))
    current.lease_until = None
    current.save(update_fields=["due_at", "lease_until"])


def _outcome(error: ProviderError) -> str:
    if isinstance(error, MalformedOutput):
        return Call.Outcome.MALFORMED
    return (
        Call.Outcome.TRANSIENT if isinstance(error, ProviderTransient) else Call.Outcome.PERMANENT
    )


@transaction.atomic
def _end_alone(row: ShadowCandidate, state: str, error: str) -> None:
    current = _locked(row)
    if current is not None:
        _end(current, state, error)


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
