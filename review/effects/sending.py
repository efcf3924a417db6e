"""One attempt at an effect, outside any transaction.

Connectors are imported when the first effect is sent: the web only schedules effects, and their
HTTP client would be 7 MiB of every web process.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings

from integrations.errors import PermanentError, TransientError
from review.models import Effect

if TYPE_CHECKING:
    from integrations.connectors.base import Connector

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    summary: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why it did not work; `code` holds no content of the item."""

    code: str
    is_permanent: bool
    retry_after_seconds: float | None = None


def send(effect: Effect) -> Outcome | Failure:
    """Ask the connector to act. The effect's id is the idempotency key of every attempt."""
    from integrations.connectors.base import EffectRequest

    request = EffectRequest(
        effect_id=str(effect.pk),
        idempotency_key=str(effect.pk),
        body=effect.body,
        target=effect.target,
        attempt=effect.attempts,
    )
    try:
        result = connector(effect.connector).apply(request)
    except TransientError as error:
        return Failure(str(error)[:300], False, error.retry_after_seconds)
    except PermanentError as error:
        return Failure(str(error)[:300], True)
    except Exception as error:
        # A fault of our own must not leave the effect running for ever; it is retried and,
        # in the end, shown to a person.
        log.exception("effect_attempt_broke", effect=str(effect.pk))
        return Failure(f"internal error ({type(error).__name__})", False)
    return Outcome({"status": result.status, **result.summary})


@lru_cache(maxsize=8)
def connector(name: str) -> Connector:
    """The connector, configured from settings; one a process."""
    from integrations.connectors import registry

    if name == "http":
        return registry.build(
            name, {"secrets": signing_secrets(), "allow_private": settings.ALLOW_PRIVATE_ADDRESSES}
        )
    if name == "file":
        return registry.build(name, {"root": settings.EFFECT_FILE_ROOT})
    options = settings.EFFECT_CONNECTORS.get(name, {}).get("options", {})
    return registry.build(name, options)


def signing_secrets() -> dict[str, str]:
    """Secrets of outgoing calls by lower-case name, from EFFECT_SECRET_<NAME>."""
    prefix = settings.EFFECT_SECRETS_PREFIX
    return {
        name.removeprefix(prefix).lower(): value
        for name, value in os.environ.items()
        if name.startswith(prefix) and value
    }
