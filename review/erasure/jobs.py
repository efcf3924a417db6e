"""Hints that erasures may have to go on, and the daily round of retention."""

from uuid import UUID

from celery import shared_task


@shared_task
def work(request_id: str) -> None:
    """Go on with a request; safe to run twice."""
    from review.erasure.operations import work_off

    work_off(UUID(request_id))


@shared_task
def sweep() -> None:
    """Hint at every request that should go on, also those whose hint or worker was lost."""
    from review.erasure.operations import due

    for request_id in due():
        work.delay(str(request_id))


@shared_task
def retain() -> None:
    """Ask for the erasure of what was kept long enough, in small batches."""
    from review.erasure.retention import ask_for_due

    ask_for_due()
