"""How many items a caller may hand in; counted in Redis, and not at all while it is away."""

import math
import threading
import time
from functools import lru_cache

import structlog
from django.conf import settings
from limits import RateLimitItem, parse
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rest_framework.request import Request

from governance.models import ApiKey
from review.api.problems import Throttled

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 0.25  # of Redis; an item is worth more than its being counted
AWAY_SECONDS = 5.0  # how long Redis is left alone after it did not answer


class _Away:
    """Until when Redis is not asked; each process finds out for itself."""

    def __init__(self) -> None:
        self._until = 0.0
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return time.monotonic() < self._until

    def begin(self) -> None:
        with self._lock:
            self._until = time.monotonic() + AWAY_SECONDS

    def end(self) -> None:
        self._until = 0.0


away = _Away()


def take(request: Request, cost: int = 1) -> None:
    """Count items against the caller's rate. Raises Throttled once it is used up.

    Per key, or per person where a session is used. A Redis that does not answer is logged and
    lets everything pass: refusing work would be worse than not counting it.
    """
    if away:
        return
    try:
        limiter, rate = _limiter(settings.REDIS_URL, settings.INTAKE_RATE)
        who = _identity(request)
        cost = min(cost, rate.amount)
        # A batch that does not fit must not use up what a smaller one could still have.
        if (cost == 1 or limiter.test(rate, who, cost=cost)) and limiter.hit(rate, who, cost=cost):
            return
        seconds = _seconds_left(limiter, rate, who)
    except (RedisError, OSError) as error:
        _note_away(error)
        return
    raise Throttled(seconds)


def require_some(request: Request) -> None:
    """Raise Throttled if nothing at all is left of the caller's rate; counts nothing."""
    if away:
        return
    try:
        limiter, rate = _limiter(settings.REDIS_URL, settings.INTAKE_RATE)
        if limiter.test(rate, _identity(request)):
            return
        seconds = _seconds_left(limiter, rate, _identity(request))
    except (RedisError, OSError) as error:
        _note_away(error)
        return
    raise Throttled(seconds)


def _seconds_left(limiter: FixedWindowRateLimiter, rate: RateLimitItem, who: str) -> int:
    return max(1, math.ceil(limiter.get_window_stats(rate, who).reset_time - time.time()))


def _note_away(error: Exception) -> None:
    away.begin()
    log.warning("throttle_unreachable", error=type(error).__name__)


def _identity(request: Request) -> str:
    if isinstance(request.auth, ApiKey):
        return f"key:{request.auth.prefix}"
    return f"user:{request.user.pk}"


@lru_cache(maxsize=4)
def _limiter(url: str, rate: str) -> tuple[FixedWindowRateLimiter, RateLimitItem]:
    storage = RedisStorage(
        url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]  # handed on to redis-py
        key_prefix="countersign-intake",
    )
    return FixedWindowRateLimiter(storage), parse(rate)
