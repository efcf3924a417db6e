"""A cache that may vanish: a Redis that does not answer is a miss, never an error page."""

import logging
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

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except (RedisError, OSError) as error:
            log.warning("cache_unreachable", extra={"error": type(error).__name__})
            return default
