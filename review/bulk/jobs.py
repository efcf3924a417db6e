"""Hints that runs may have to go on."""

from uuid import UUID

from celery import shared_task


@shared_task
def work(run_id: str) -> None:
    """Go on with a run; safe to run twice."""
    from review.bulk.working import work as do

    if do(UUID(run_id)):
        work.delay(run_id)


@shared_task
def sweep() -> None:
    """Hint at every run that should go on, also those whose hint or worker was lost."""
    from review.bulk.working import due_runs

    for run_id in due_runs():
        work.delay(str(run_id))
