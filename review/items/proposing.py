"""From received to routed: lease, ask the provider outside any transaction, record, route."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from governance.catalogue import queries as catalogue
from governance.catalogue.models import ModelVersion
from governance.contracts.agreement import Agreement, agreement_of
from governance.contracts.models import Process
from integrations import injection, structured
from integrations.providers import registry
from integrations.providers.base import (
    MalformedOutput,
    Proposal,
    ProposalRequest,
    Provider,
    ProviderError,
    ProviderPermanent,
    ProviderTransient,
)
from review.documents import giving
from review.documents.giving import Given
from review.items import recording
from review.items.models import Call, Item
from review.routing import Reason

log = structlog.get_logger(__name__)

SWEEP_LIMIT = 2000
MAX_ATTEMPTS = 20  # of any contract; beyond it a person takes over


# Rows that another worker holds are passed by: two hints that overlap neither wait nor deadlock.
# A lease that ended before its call would let the next attempt discard every answer.
_LEASE_SQL = """
    UPDATE review_item i SET
        lease_until = clock_timestamp() + due.lease, hint_at = clock_timestamp() + due.lease,
        attempts = i.attempts + 1
    FROM (
        SELECT r.id, interval '1 second' * greatest(
            %(lease)s, (c.body #>> '{candidate,timeout_seconds}')::int + %(recording)s) AS lease
        FROM review_item r JOIN governance_contract c ON c.id = r.contract_id
        WHERE r.id = ANY(%(ids)s) AND r.state = 'received' AND r.documents_pending = 0
          AND r.not_before <= clock_timestamp()
          AND (r.lease_until IS NULL OR r.lease_until <= clock_timestamp())
        FOR UPDATE OF r SKIP LOCKED) due
    WHERE i.id = due.id
    RETURNING i.id
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """No candidate from this attempt; `code` holds no content of the item."""

    code: str
    outcome: str  # of Call.Outcome
    is_final: bool
    retry_after_seconds: float | None = None


def propose(item_ids: Sequence[UUID]) -> None:
    """Lease the items that are due, obtain their candidates, route them."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LEASE_SQL,
            {
                "lease": settings.INFERENCE_LEASE_SECONDS,
                "recording": settings.RECORDING_SECONDS,
                "ids": list(item_ids),
            },
        )
        leased = [row[0] for row in cursor.fetchall()]
    by_contract: dict[tuple[str, UUID], list[Item]] = {}
    for item in Item.objects.filter(pk__in=leased).order_by("pk"):
        by_contract.setdefault((item.process_id, item.contract_id), []).append(item)
    for (slug, contract_id), items in by_contract.items():
        process = Process.objects.get(pk=slug)
        propose_for(process, agreement_of(contract_id), items)


def propose_for(process: Process, agreement: Agreement, items: Sequence[Item]) -> None:
    """Candidates and routes for leased items of one contract."""
    if process.is_paused:
        for item in items:
            recording.leave_to_people(item, process, agreement, Reason("process_paused"))
        return
    version = catalogue.champion(process.pk)
    if version is None:
        for item in items:
            recording.leave_to_people(item, process, agreement, Reason("no_model"))
        return
    items = _without_abandoned(items, process, agreement)
    given = giving.given_of([item.pk for item in items]) if agreement.documents else {}
    items = _without_unreadable(items, process, agreement, given)
    answers = ask(agreement, version, items, given)
    # A stage that was stepped down while the model was asked holds for its answer too.
    process.refresh_from_db(fields=["stage"])
    for item, answer in zip(items, answers, strict=True):
        try:
            if isinstance(answer, Proposal):
                mine = given.get(item.pk, giving.NOTHING)
                # Here and not in a provider: whoever reads the fields, a page and a part for
                # machines that differ are for a person.
                found = structured.findings(mine.documents, agreement.output_terms)
                orders = injection.findings(item.payload, mine.documents)
                findings = (*mine.findings, *found, *orders)
                recording.record_candidate(
                    item, process, agreement, version, answer, findings=findings
                )
            else:
                _record_failure(item, process, agreement, version, answer)
        except Exception:
            # One item's fault must not hold up the others; its lease runs out and it is
            # tried again, until its attempts are used up and a person takes it.
            log.exception("recording_broke", item=str(item.pk))
            if item.attempts >= _most_attempts(agreement):
                _give_up(item, process, agreement, "internal")


def _without_abandoned(
    items: Sequence[Item], process: Process, agreement: Agreement
) -> Sequence[Item]:
    """The items still worth an attempt; one whose workers all vanished goes to people.

    Nobody is left to record such attempts: an item that ends its worker (out of memory, a
    crash in native code) would otherwise end one after another for ever.
    """
    most = _most_attempts(agreement)
    for item in items:
        if item.attempts > most:
            _give_up(item, process, agreement, "worker lost")
    return [item for item in items if item.attempts <= most]


def _without_unreadable(
    items: Sequence[Item], process: Process, agreement: Agreement, given: Mapping[UUID, Given]
) -> Sequence[Item]:
    """The items that leave something to read; where no file could be read, people take over."""
    kept = []
    for item in items:
        mine = given.get(item.pk, giving.NOTHING)
        if mine.findings and not mine.documents:
            first, *others = mine.findings
            reason = Reason(first.code, dict(first.numbers))
            recording.leave_to_people(item, process, agreement, reason, findings=others)
        else:
            kept.append(item)
    return kept


def ask(
    agreement: Agreement,
    version: ModelVersion,
    items: Sequence[Item],
    given: Mapping[UUID, Given] = MappingProxyType({}),
) -> list[Proposal | ProviderError]:
    """Call the provider for each item; failures come back in place. No transaction is open."""
    candidate = agreement.candidate
    requests = [
        ProposalRequest(
            payload=item.payload,
            input_schema=agreement.input_schema,
            output_schema=agreement.output_schema,
            prompt=candidate.prompt,
            title=agreement.title,
            timeout_seconds=candidate.timeout_seconds,
            model=version.config,
            documents=given.get(item.pk, giving.NOTHING).documents,
        )
        for item in items
    ]
    try:
        return provider(version.provider).propose_many(requests)
    except ProviderError as error:
        return [error] * len(items)
    except Exception as error:
        log.exception("provider_broke", provider=version.provider)
        wrapped = ProviderTransient(f"internal error ({type(error).__name__})")
        return [wrapped] * len(items)


@lru_cache(maxsize=16)
def provider(name: str) -> Provider:
    """The provider as settings configure it; one a process, shared between threads."""
    config: Mapping[str, Any] | None = settings.PROVIDERS.get(name)
    if config is None:
        raise ProviderPermanent(f"Settings name no provider {name!r}.")
    options = dict(config)
    if options.get("adapter", name) in registry.TRAINED:
        options.setdefault("directory", settings.MODEL_DIR)
    else:
        options.setdefault("allow_private", settings.ALLOW_PRIVATE_ADDRESSES)
    return registry.build(name, options)


def _record_failure(
    item: Item,
    process: Process,
    agreement: Agreement,
    version: ModelVersion,
    error: ProviderError,
) -> None:
    retry = agreement.candidate.retry
    is_last = item.attempts >= _most_attempts(agreement)
    if isinstance(error, MalformedOutput):
        outcome, is_final = Call.Outcome.MALFORMED, is_last
    elif isinstance(error, ProviderTransient):
        outcome, is_final = Call.Outcome.TRANSIENT, is_last
    else:
        outcome, is_final = Call.Outcome.PERMANENT, True
    if is_final:
        recording.record_failure(
            item, process, agreement, version, error, outcome=outcome, retry_at=None
        )
        return
    delay = min(retry.first_delay_seconds * 2 ** (item.attempts - 1), retry.max_delay_seconds)
    asked = getattr(error, "retry_after_seconds", None)
    if asked:
        delay = min(max(delay, asked), retry.max_delay_seconds)
    retry_at = timezone.now() + timedelta(seconds=delay)
    recording.record_failure(
        item, process, agreement, version, error, outcome=outcome, retry_at=retry_at
    )


def _most_attempts(agreement: Agreement) -> int:
    return min(agreement.candidate.retry.attempts, MAX_ATTEMPTS)


def _give_up(item: Item, process: Process, agreement: Agreement, error: str) -> None:
    attempts = min(item.attempts, _most_attempts(agreement))
    reason = Reason("candidate_failed", {"error": error, "attempts": attempts})
    recording.leave_to_people(item, process, agreement, reason)


def due_chunks(*, only_tried: bool = False) -> list[list[str]]:
    """Ids of items received but not moving, in messages' sizes; each is hinted again later.

    What was tried before goes alone, so that an item that breaks its batch breaks no other's.
    With `only_tried` nothing else goes: what was never tried has its first hint still waiting.
    """
    from review.items.intake import hint_chunks

    with transaction.atomic():
        rows = list(
            Item.objects.select_for_update(skip_locked=True)
            .filter(state=Item.State.RECEIVED, documents_pending=0, hint_at__lte=timezone.now())
            .order_by("hint_at")
            .values_list("pk", "contract_id", "attempts")[:SWEEP_LIMIT]
        )
        again = timezone.now() + timedelta(seconds=settings.HINT_AGAIN_SECONDS)
        Item.objects.filter(pk__in=[pk for pk, _, _ in rows]).update(hint_at=again)
    alone = [[str(pk)] for pk, _, attempts in rows if attempts]
    if only_tried:
        return alone
    by_contract: dict[UUID, list[UUID]] = {}
    for pk, contract_id, attempts in rows:
        if not attempts:
            by_contract.setdefault(contract_id, []).append(pk)
    return alone + [
        chunk
        for contract_id, ids in by_contract.items()
        for chunk in hint_chunks(ids, agreement_of(contract_id))
    ]
