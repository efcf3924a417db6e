"""Taking items in, one by one or in bulk: a bad one fails alone, a repeated one is found again."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.contracts.agreement import DEFAULT_SEGMENT, Agreement, DocumentsSpec, agreement_of
from governance.contracts.models import Contract, Process
from governance.errors import Conflict, InvalidInput
from governance.identifiers import uuid7
from governance.ledger import operations as ledger
from governance.ledger.operations import Event
from governance.privacy.redact import commitment
from governance.privacy.vault import keys
from governance.privacy.vault.vault import new_seed
from review.documents import incoming as documents
from review.documents.incoming import IncomingFile
from review.items.jobs import propose
from review.items.models import IdempotencyKey, Item, new_salt
from review.items.storing import insert_items

RISKS = ("low", "medium", "high")
MAX_EXTERNAL_ID_CHARACTERS = 200
DOCUMENTS_BATCH = 4  # items with files in one message: their words are in memory together


@dataclass(frozen=True, slots=True)
class Incoming:
    """An item as handed in; what is None comes from the contract."""

    payload: Mapping[str, Any]
    external_id: str | None = None
    priority: int | None = None
    due_at: datetime | None = None
    segment: str | None = None
    documents: tuple[IncomingFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one incoming item: created, repeated (it was here already) or refused."""

    status: str
    item_id: UUID | None = None
    state: str = ""
    message: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


def receive(
    process: Process,
    incoming: Incoming,
    *,
    actor: str,
    producer_id: UUID | None = None,
    idempotency: tuple[str, bytes] | None = None,
) -> Received:
    """Take one item in: row, ledger entries, files' rows and idempotency key in one transaction.

    `idempotency` is the caller's key and a SHA-256 over the request's body, files included. Raises
    InvalidInput where the item breaks the contract, Conflict where the key or external id belongs
    to something else.
    """
    if idempotency and (earlier := _by_key(actor, *idempotency)):
        return earlier
    contract, agreement = _contract(process)
    item = build(process.pk, contract, agreement, incoming, producer_id=producer_id)
    if incoming.documents and (here := _by_external_id(process.pk, [item])):
        return _same(here[str(item.external_id)], incoming)
    stored = _stored([(item, incoming)])
    created: list[Item] = []
    try:
        with transaction.atomic():
            inserted = insert_items([item])
            if not inserted:
                return _repeated(process.pk, incoming)
            if idempotency:
                IdempotencyKey.objects.create(
                    caller=actor[:60], key=idempotency[0], body_sha256=idempotency[1], item=item
                )
            events = [received_event(item, contract, actor)]
            if stored is not None:
                events += documents.record(stored, [item], actor)
            else:
                propose.delay_on_commit([str(item.pk)])
            ledger.append_many(events)
        created.append(item)
    except IntegrityError:
        # Two requests with the same key at once: the other one's item is the answer.
        if idempotency and (earlier := _by_key(actor, *idempotency)):
            return earlier
        raise
    finally:
        if stored is not None:
            documents.discard_rest(stored, created)
    return Received("created", item.pk, item.state)


def files_taken_by(process: Process) -> DocumentsSpec | None:
    """What the contract in force says of an item's files; None where it takes none."""
    return _contract(process)[1].documents


def receive_bulk(
    process: Process,
    batch: Sequence[Incoming],
    *,
    actor: str,
    producer_id: UUID | None = None,
) -> list[Received]:
    """Take many items in with a few statements; results in the order given.

    One transaction for the batch: callers choose its size. Refused ones leave no trace.
    """
    contract, agreement = _contract(process)
    results: list[Received | None] = [None] * len(batch)
    items: list[Item] = []
    places: dict[UUID, int] = {}
    for place, incoming in enumerate(batch):
        try:
            item = build(process.pk, contract, agreement, incoming, producer_id=producer_id)
        except InvalidInput as error:
            results[place] = Received("refused", message=str(error), errors=error.errors)
            continue
        items.append(item)
        places[item.pk] = place
    # Files of what is here already are not written once more only to be thrown away.
    known = _by_external_id(process.pk, [item for item in items if item.documents_pending])
    fresh = [item for item in items if not item.documents_pending or item.external_id not in known]
    stored = _stored([(item, batch[places[item.pk]]) for item in fresh])
    created: list[Item] = []
    try:
        with transaction.atomic():
            inserted = insert_items(fresh)
            new = [item for item in fresh if item.pk in inserted]
            events = [received_event(item, contract, actor) for item in new]
            if stored is not None:
                events += documents.record(stored, new, actor)
            ledger.append_bulk(events)
            unread = [item.pk for item in new if not item.documents_pending]
            for chunk in hint_chunks(unread, agreement):
                propose.delay_on_commit(chunk)
        created = new
    finally:
        if stored is not None:
            documents.discard_rest(stored, created)
    here = _by_external_id(process.pk, [item for item in items if item.pk not in inserted])
    for item in items:
        place = places[item.pk]
        if item.pk in inserted:
            results[place] = Received("created", item.pk, item.state)
        else:
            try:
                results[place] = _same(here[str(item.external_id)], batch[place])
            except Conflict as error:
                results[place] = Received("refused", message=str(error))
    return [result for result in results if result is not None]


def build(
    process: str,
    contract: Contract,
    agreement: Agreement,
    incoming: Incoming,
    *,
    producer_id: UUID | None,
) -> Item:
    """An unsaved item, checked against the contract. Raises InvalidInput."""
    errors = {
        (f"payload.{path}" if path else "payload"): why
        for path, why in agreement.payload_errors(incoming.payload).items()
    }
    external_id = incoming.external_id
    if external_id is not None and not 0 < len(external_id) <= MAX_EXTERNAL_ID_CHARACTERS:
        errors["external_id"] = f"must have 1 to {MAX_EXTERNAL_ID_CHARACTERS} characters"
    priority = 50 if incoming.priority is None else incoming.priority
    if not 0 <= priority <= 100:
        errors["priority"] = "must be from 0 to 100"
    if incoming.segment is not None and not agreement.knows_segment(incoming.segment):
        errors["segment"] = "the contract names no such segment"
    elif incoming.segment is not None and lowers_risk(agreement, incoming.segment):
        errors["segment"] = "has less risk than the process; only the contract's rules may say so"
    errors |= documents.file_errors(agreement.documents, incoming.documents)
    if errors:
        raise InvalidInput("The item does not fit the contract.", errors)
    now = timezone.now()
    due_at = incoming.due_at or agreement.due_at(now)
    names = {"external_id": external_id, "priority": priority}
    segment = agreement.segment_of(incoming.payload, names).name
    if segment == DEFAULT_SEGMENT and incoming.segment is not None:
        # The contract's own rules come first: a producer cannot talk an item out of its risk.
        segment = incoming.segment
    return Item(
        id=uuid7(),
        process_id=process,
        contract_id=contract.pk,
        producer_id=producer_id,
        external_id=external_id,
        payload=incoming.payload,
        segment=segment,
        priority=priority,
        due_at=due_at,
        salt=new_salt(),
        seed=new_seed(agreement),
        received_at=now,
        documents_pending=len(incoming.documents),
        not_before=now,
        hint_at=now + timedelta(seconds=settings.HINT_GRACE_SECONDS),
    )


def lowers_risk(agreement: Agreement, segment: str) -> bool:
    """Whether a segment that a producer names would make its items less guarded."""
    return RISKS.index(agreement.segment_named(segment).risk) < RISKS.index(agreement.risk)


def received_event(item: Item, contract: Contract, actor: str) -> Event:
    """The ledger's first line of an item: the payload as a commitment, never in clear."""
    return Event(
        kind="item.received",
        item=item.pk,
        process=item.process_id,
        actor=actor,
        data={
            "contract": contract.number,
            "segment": item.segment,
            "payload": commitment(item.payload, bytes(item.salt)),
        },
    )


def hint_chunks(item_ids: Sequence[UUID], agreement: Agreement) -> list[list[str]]:
    """Ids for one message each: many where the provider gains from it, else one."""
    size = batch_size(agreement.candidate.provider, agreement)
    ids = [str(item_id) for item_id in item_ids]
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def batch_size(provider: str, agreement: Agreement) -> int:
    """How many items a provider is asked for together."""
    size = settings.PROVIDER_BATCH.get(provider, 1)
    return min(size, DOCUMENTS_BATCH) if agreement.documents is not None else size


def body_digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _contract(process: Process) -> tuple[Contract, Agreement]:
    contract = process.contract
    if contract is None:
        raise Conflict("This process has no contract yet.")
    keys.ready(contract.pk)
    return contract, agreement_of(contract.pk)


def _by_key(actor: str, key: str, body_sha256: bytes) -> Received | None:
    earlier = (
        IdempotencyKey.objects.select_related("item").filter(caller=actor[:60], key=key).first()
    )
    if earlier is None:
        return None
    if bytes(earlier.body_sha256) != body_sha256:
        raise Conflict("This Idempotency-Key was used with another body.")
    return Received("repeated", earlier.item_id, earlier.item.state)


def _repeated(process: str, incoming: Incoming) -> Received:
    """The item that already has this external id. Raises Conflict if it says something else."""
    return _same(Item.objects.get(process_id=process, external_id=incoming.external_id), incoming)


def _by_external_id(process: str, items: Sequence[Item]) -> dict[str, Item]:
    """The items that stand in the way of these, by external id, in one statement."""
    if not items:
        return {}
    names = [item.external_id for item in items]
    found = Item.objects.filter(process_id=process, external_id__in=names)
    return {str(item.external_id): item for item in found}


def _same(item: Item, incoming: Incoming) -> Received:
    if item.payload != incoming.payload:
        raise Conflict("Another item with this external id and a different payload is here.")
    if incoming.documents and not documents.are_those_of(item.pk, incoming.documents):
        raise Conflict("Another item with this external id and different files is here.")
    return Received("repeated", item.pk, item.state)


def _stored(some: Sequence[tuple[Item, Incoming]]) -> documents.Stored | None:
    """The files of items about to be inserted, in the storage; None where there are no files."""
    files = [(item.pk, incoming.documents) for item, incoming in some if incoming.documents]
    return documents.store(files, timezone.now()) if files else None
