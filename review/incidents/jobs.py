"""Alarms that a sweep rings."""

from celery import shared_task

from review.incidents import alarms


@shared_task
def watch_effects() -> None:
    """Open an incident where effects of one process fail for good one after another."""
    alarms.watch_effects()
