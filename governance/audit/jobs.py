"""What the beat calls for auditors; running any of them twice at once changes nothing."""

from uuid import UUID

from celery import shared_task

from governance.audit import exporting, verifying
from governance.audit import witness as witnesses


@shared_task
def export(export_id: str) -> None:
    exporting.make(UUID(export_id))


@shared_task
def tend_exports() -> None:
    """Hint again at bundles that nobody makes, and remove those that are old."""
    exporting.remove_old()
    for export_id in exporting.due():
        export.delay_on_commit(str(export_id))


@shared_task
def verify() -> None:
    verifying.verify_if_due()


@shared_task
def witness() -> None:
    witnesses.witness()
