"""Celery's Redis transport, with one fault mended that leaves a worker deaf for ever.

kombu (5.7) counts a message as being worked on until its acknowledgement has reached Redis. If
Redis restarts while jobs run, their acknowledgements fail and are never tried again; with as many
such messages as the worker may hold at once, it stops asking for more, and since it no longer
asks, it never notices that the connection is gone. Seen in tests/durability/test_redis_lost.py.
"""

from typing import Any

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
    """Keeps its client: kombu makes one for each message, which costs more than sending it."""

    QoS = QoS
    _kept: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:
            return super()._create_client(asynchronous=True)
        # After a lost connection or a fork there is another pool, and so another client.
        if self._kept is None or self._kept.connection_pool is not self.pool:
            self._kept = super()._create_client()
        return self._kept


class Transport(redis.Transport):
    Channel = Channel


def install() -> None:
    """Let redis:// and rediss:// mean this transport; before the first connection is made."""
    for scheme in ("redis", "rediss"):
        transport.TRANSPORT_ALIASES[scheme] = "config.broker:Transport"
