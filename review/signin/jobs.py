"""Celery's part in the mails about passwords."""

from celery import shared_task

from governance.signin import resetting
from review.signin import mails


@shared_task
def mail() -> None:
    """Look up whom requests for new passwords concern, and send what is due."""
    while resetting.answer() == resetting.BATCH:
        pass
    mails.send_due()
