"""Celery's part in roles."""

from celery import shared_task

from governance.roles import operations


@shared_task
def end_due() -> None:
    """Take back what was given for a time that is over."""
    operations.end_due()
