"""Keeping the index of items up with the ledger."""

from celery import shared_task

from review.finding import indexing


@shared_task
def follow() -> None:
    """Index what changed; stops after a while, for the next tick comes soon."""
    for _ in range(50):
        if not indexing.follow():
            return
