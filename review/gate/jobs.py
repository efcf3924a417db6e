"""Hints that outputs wait before the gate."""

from uuid import UUID

from celery import shared_task


@shared_task
def check(hold_id: str) -> None:
    """Make the checks of one held output if they are due; safe to run twice."""
    from review.gate.checking import check as run

    run(UUID(hold_id))


@shared_task
def sweep() -> None:
    """Hint at every check that is due, and tell officers of what waits for them."""
    from review.gate.checking import due_checks
    from review.gate.telling import tell

    for hold_id in due_checks():
        check.delay(str(hold_id))
    tell()
