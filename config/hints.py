"""Celery messages are hints: losing one costs time, so it must never cost the caller an error."""

import functools
import time
from typing import Any

import structlog
from celery.contrib.django.task import DjangoTask
from django.db import transaction

log = structlog.get_logger(__name__)

QUIET_SECONDS = 5.0  # after a broker that did not answer, how long it is not asked again


class HintTask(DjangoTask):
    """A job whose `delay_on_commit` cannot fail: what is lost, the sweeper finds.

    Without this a broker that is away turns a committed request into an error, and a producer
    that sends again without an external id hands its item in twice. A broker that hangs would
    hold each request for as long as the socket's time-out; after the first it is left alone.
    """

    _quiet_until = 0.0  # monotonic seconds; one for all jobs of the process

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:
        transaction.on_commit(functools.partial(self.hint, *args, **kwargs))

    def hint(self, *args: Any, **kwargs: Any) -> bool:
        """Send the message; says whether the broker has it."""
        if time.monotonic() < HintTask._quiet_until:
            return False
        try:
            self.delay(*args, **kwargs)
        except Exception as error:
            HintTask._quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning("hint_lost", job=self.name, error=type(error).__name__)
            return False
        return True
