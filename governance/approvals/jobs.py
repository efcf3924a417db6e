"""Celery's part in approvals."""

from celery import shared_task

from governance.approvals import operations


@shared_task
def lapse() -> None:
    """Close what was open or valid for too long."""
    operations.lapse_due()
