"""Keeping the team's rows up with the ledger."""

from celery import shared_task

from review.team import rollup


@shared_task
def follow() -> None:
    """Add up what happened; stops after a while, for the next tick comes soon."""
    for _ in range(50):
        if not rollup.follow():
            return
