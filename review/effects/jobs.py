"""Hints that effects may be due."""

from uuid import UUID

from celery import shared_task

from review.effects import operations


@shared_task
def run(effect_id: str) -> None:
    """Send one effect if it is due; safe to run twice."""
    operations.run(UUID(effect_id))


@shared_task
def sweep() -> None:
    """Hint at every due effect; also those whose hint or worker was lost."""
    for effect_id in operations.due_effects():
        run.delay(str(effect_id))
