"""Keeping the digests that find people's items up with the ledger."""

from celery import shared_task

STEPS = 50  # of following.BATCH entries each


@shared_task
def follow() -> None:
    """Read on in the ledger; stops after a while, for the next tick comes soon."""
    from review.subjects.indexing import follow as run

    for _ in range(STEPS):
        if not run():
            return
