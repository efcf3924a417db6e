"""Freeing what nobody holds any more, or what everybody passed over."""

from celery import shared_task

from review.tasks import operations


@shared_task
def sweep() -> None:
    """Reopen tasks whose lease ran out; offer those again that were skipped long ago."""
    while operations.free_expired() == operations.SWEEP_BATCH:
        pass
    operations.forget_skips()
