"""What time does to tasks: freeing, offering again, escalating."""

from celery import shared_task

from review.tasks import escalating, operations


@shared_task
def sweep() -> None:
    """Reopen tasks whose lease ran out; offer those again that were skipped long ago."""
    while operations.free_expired() == operations.SWEEP_BATCH:
        pass
    operations.forget_skips()


@shared_task
def escalate() -> None:
    """Take the steps of contracts' escalation paths that are due."""
    while escalating.escalate_due():  # a task may have more than one behind it
        pass
