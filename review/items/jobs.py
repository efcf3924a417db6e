"""Hints that items want a candidate."""

from typing import Any
from uuid import UUID

from amqp.exceptions import ChannelError
from celery import shared_task
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError


@shared_task
def propose(item_ids: list[str]) -> None:
    """Obtain candidates for items that still lack one, and route them; safe to run twice."""
    from review.items.proposing import propose as run

    run([UUID(item_id) for item_id in item_ids])


@shared_task
def sweep() -> None:
    """Hint again at items received but not moving.

    While more hints wait than a sweep gives, their items do move, only not yet: hinted at again
    each minute, ten thousand of them would fill Redis with millions of messages by the time that
    a slow model is done.
    """
    from review.items.proposing import SWEEP_LIMIT, due_chunks

    for chunk in due_chunks(only_tried=waiting_hints() >= SWEEP_LIMIT):
        propose.delay(chunk)


def waiting_hints() -> int:
    """How many messages wait for `propose`."""
    return waiting(propose)


def waiting(job: Any) -> int:
    """How many messages wait in a job's queue; 0 where there is no such queue or no broker."""
    queue = job.app.amqp.router.route({}, job.name)["queue"].name
    try:
        with job.app.connection_or_acquire() as connection:
            # Else the channel waits for a broker that is away for as long as that takes.
            connection.ensure_connection(max_retries=1)
            declared = connection.default_channel.queue_declare(queue, passive=True)
            return int(declared.message_count)
    except (ChannelError, OperationalError, RedisError, OSError):
        return 0
