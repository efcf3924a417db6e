"""Celery's Redis transport, with one fault mended that leaves a worker deaf for ever.

kombu (5.7) counts a message as being worked on until its acknowledgement has reached Redis. If
Redis restarts while jobs run, their acknowledgements fail and are never tried again; with as many
such messages as the worker may hold at once, it stops asking for more, and since it no longer
asks, it never notices that the connection is gone. Seen in tests/durability/test_redis_lost.py.
"""

from kombu import transport
from kombu.transport import redis, virtual


class QoS(redis.QoS):
    """Forgets a message locally even where Redis cannot be told; at worst it is delivered again."""

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        try:
            super().reject(delivery_tag, requeue=requeue)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(redis.Channel):
    QoS = QoS


class Transport(redis.Transport):
    Channel = Channel


def install() -> None:
    """Let redis:// and rediss:// mean this transport; before the first connection is made."""
    for scheme in ("redis", "rediss"):
        transport.TRANSPORT_ALIASES[scheme] = "config.broker:Transport"
