"""A cache that may vanish: a Redis that does not answer is a miss, never an error page."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def _forgiving(name: str, default: Any) -> Callable[..., Any]:
    def call(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return getattr(RedisCache, name)(self, *args, **kwargs)
        except (RedisError, OSError) as error:
            log.warning("cache_unreachable", extra={"error": type(error).__name__})
            return default() if callable(default) else default

    return call


class _Client(RedisCacheClient):
    """Keeps its client: Django makes one for each call, which costs more than the call.

    For one server; LOCATION names one, and each thread has a cache of its own.
    """

    _kept: Any = None

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        if self._kept is None:
            self._kept = super().get_client(key, write=write)
        return self._kept


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache; each call falls back to what a miss would return."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client

    add = _forgiving("add", True)
    set = _forgiving("set", None)
    touch = _forgiving("touch", False)
    delete = _forgiving("delete", False)
    has_key = _forgiving("has_key", False)
    get_many = _forgiving("get_many", dict)
    set_many = _forgiving("set_many", list)
    delete_many = _forgiving("delete_many", None)
    clear = _forgiving("clear", False)

    def gather(self, key: str, member: str | None, seconds: int) -> list[str]:
        """Note that `member` is here now; who was here within the last `seconds`. One round trip.

        Without a Redis nobody is here but the one who asks.
        """
        here = [] if member is None else [member]
        now = time.time()
        try:
            full = self.make_and_validate_key(key)
            with self._cache.get_client(full, write=True).pipeline(transaction=False) as pipe:
                pipe.zremrangebyscore(full, "-inf", now - seconds)
                if member is not None:
                    pipe.zadd(full, {member: now})
                    pipe.expire(full, 2 * seconds)
                pipe.zrange(full, 0, 99)
                return [one.decode() for one in pipe.execute()[-1]]
        except (RedisError, OSError) as error:
            log.warning("cache_unreachable", extra={"error": type(error).__name__})
            return here

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except (RedisError, OSError) as error:
            log.warning("cache_unreachable", extra={"error": type(error).__name__})
            return default
