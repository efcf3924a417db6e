"""Queues follow the contract; a person only pauses them."""

from django.db import transaction

from governance.contracts.agreement import agreement_of
from governance.contracts.models import Contract
from governance.errors import Conflict
from governance.ledger import operations as ledger
from review.models import Queue
from review.notices import happenings


@transaction.atomic
def sync(contract: Contract) -> None:
    """Make the process's queues what the contract says.

    A queue the contract no longer names stays, so that what stands in it can be worked off,
    but takes nothing new.
    """
    agreement = agreement_of(contract.pk)
    named = set()
    for spec in agreement.queues:
        named.add(spec.name)
        Queue.objects.update_or_create(
            process_id=contract.process_id,
            name=spec.name,
            defaults={
                "role": spec.role,
                "kinds": list(spec.kinds),
                "lease_seconds": spec.lease_seconds,
                "hold_seconds": spec.hold_seconds,
            },
        )
    Queue.objects.filter(process_id=contract.process_id).exclude(name__in=named).update(kinds=[])


@transaction.atomic
def pause(*, queue_id: int, is_paused: bool, actor: str) -> Queue:
    """Stop or resume handing out tasks. Raises Conflict if it already is so."""
    queue = Queue.objects.select_for_update().get(pk=queue_id)
    if queue.is_paused == is_paused:
        raise Conflict("The queue already is so.")
    queue.is_paused = is_paused
    queue.save(update_fields=["is_paused"])
    entry = ledger.append(
        "queue.paused" if is_paused else "queue.resumed",
        process=queue.process_id,
        actor=actor,
        data={"queue": queue.name},
    )
    if is_paused:
        happenings.queue_paused(queue, actor, entry)
    return queue
