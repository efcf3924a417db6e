"""Hints that items want a candidate."""

from uuid import UUID

from celery import shared_task


@shared_task
def propose(item_ids: list[str]) -> None:
    """Obtain candidates for items that still lack one, and route them; safe to run twice."""
    from review.items.proposing import propose as run

    run([UUID(item_id) for item_id in item_ids])


@shared_task
def sweep() -> None:
    """Hint again at items received but not moving."""
    from review.items.proposing import due_chunks

    for chunk in due_chunks():
        propose.delay(chunk)
