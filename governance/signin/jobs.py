"""Celery's part in signing in."""

from celery import shared_task

from governance.signin import sessions, throttle


@shared_task
def tidy() -> None:
    """Forget sessions that ran out and failures that count no more."""
    sessions.sweep()
    throttle.forget_old()
