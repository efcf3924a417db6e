"""Hints that documents want to be read."""

from uuid import UUID

from celery import shared_task


@shared_task
def read(document_id: str) -> None:
    """Read one document if it is still to be read; safe to run twice."""
    from review.documents.reading import read as run

    run(UUID(document_id))


@shared_task
def sweep() -> None:
    """Hint again at documents received but not moving.

    While more hints wait than a sweep gives, their documents do move, only not yet: what was
    never tried is left to its first hint, so that a long backlog does not fill Redis.
    """
    from review.documents.reading import SWEEP_LIMIT, due
    from review.items.jobs import waiting

    for document_id in due(only_tried=waiting(read) >= SWEEP_LIMIT):
        read.delay(str(document_id))


@shared_task
def sweep_blobs() -> None:
    """Remove files that were written for items which never came to be."""
    from review.documents.blobs import sweep as run

    run()
