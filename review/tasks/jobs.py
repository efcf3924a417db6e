"""Freeing what nobody holds any more."""

from celery import shared_task

from review.tasks import operations


@shared_task
def sweep() -> None:
    """Reopen tasks whose lease ran out."""
    while operations.free_expired() == operations.SWEEP_BATCH:
        pass
