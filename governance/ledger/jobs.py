"""The beat's two calls; running either twice at once changes nothing."""

from celery import shared_task

from governance.ledger import checkpoints, sequencing


@shared_task
def sequence() -> None:
    sequencing.sequence()


@shared_task
def checkpoint() -> None:
    checkpoints.checkpoint()
