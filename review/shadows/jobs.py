"""Celery's part in shadows."""

from celery import shared_task

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
    from review.shadows.asking import work as run

    if run():
        work.delay()


@shared_task
def compare() -> None:
    """Compare each shadow with the champion anew."""
    from review.shadows.comparing import compare, due

    for deployment in due():
        compare(deployment)
