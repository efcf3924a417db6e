"""Celery's part in reveals."""

from celery import shared_task

from governance.privacy.revealing import operations


@shared_task
def end_reveals() -> None:
    """Put the end into the record of what is no longer shown."""
    while operations.end_due() == operations.BATCH:
        pass
