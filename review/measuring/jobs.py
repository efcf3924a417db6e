"""Celery's part in measuring."""

from uuid import UUID

from celery import shared_task

from review.measuring import operations


@shared_task
def measure(version_id: str) -> None:
    """Measure one version; running it twice keeps the newer figures."""
    operations.measure(UUID(version_id))


@shared_task
def sweep() -> None:
    """Hint at what was asked for, and at what serves and was not measured for a day."""
    for version_id in operations.due():
        measure.delay(str(version_id))
