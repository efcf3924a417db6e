"""Keeping a claim: alive while somebody works, or held for later."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.models import User
from review.models import Task
from review.tasks.changing import ClaimLost


def heartbeat(*, task_id: UUID, actor: User) -> Task:
    """Extend the lease by the queue's lease time. Raises ClaimLost if the claim is gone."""
    with transaction.atomic():
        task = (
            Task.objects.select_for_update(of=("self",))
            .select_related("queue")
            .filter(pk=task_id, state=Task.State.CLAIMED, claimed_by=actor)
            .first()
        )
        if task is None:
            raise ClaimLost("This task is no longer yours. What you typed is kept as a draft.")
        lease_until = timezone.now() + timedelta(seconds=task.queue.lease_seconds)
        if task.lease_until is None or lease_until > task.lease_until:
            task.lease_until = lease_until
            task.save(update_fields=["lease_until"])
    return task
