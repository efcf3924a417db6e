"""Celery's part in shadows."""

import structlog
from celery import shared_task

log = structlog.get_logger(__name__)

STEPS = 50  # of following.BATCH entries each


@shared_task
def follow() -> None:
    """Draw from what was routed; stops after a while, for the next tick comes soon."""
    from review.shadows.drawing import follow as run

    for _ in range(STEPS):
        if not run():
            return


@shared_task
def work() -> None:
    """Ask for one batch, and hint at the next behind all that waits in the queue."""
    from review.shadows.asking import withdraw_ended
    from review.shadows.asking import work as run

    withdraw_ended()
    if run():
        work.delay()


@shared_task
def compare() -> None:
    """Compare each shadow with the champion anew; one that cannot be holds up no other."""
    from review.shadows.comparing import compare as run
    from review.shadows.comparing import due

    for deployment in due():
        try:
            run(deployment)
        except Exception as error:
            log.error("shadow_not_compared", shadow=str(deployment.pk), error=type(error).__name__)
