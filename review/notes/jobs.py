"""Mentions that had to wait."""

from celery import shared_task

from review.notes import operations


@shared_task
def sweep() -> None:
    """Tell of mentions once the item they stand on is no longer sealed."""
    while operations.tell_later() == operations.TELL_BATCH:
        pass
