"""Sending notices, and looking for what leads should know."""

from celery import shared_task

from review.notices import accesses, approving, sending, watching


@shared_task
def send() -> None:
    """Send the e-mails and chat messages that are due."""
    sending.send_due()


@shared_task
def watch() -> None:
    """Tell leads of queues that are due soon or overdue."""
    watching.watch()


@shared_task
def tell_of_approvals() -> None:
    """Tell who may sign what waits, and who asked what became of it."""
    approving.tell()


@shared_task
def tell_of_access() -> None:
    """Tell of keys and roles that end soon, and of access reviews that are due."""
    accesses.tell()
