"""What a connector takes and gives. Failures are errors.TransientError and PermanentError."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class EffectRequest:
    """One effect to bring about. A compensation is an effect of its own, with its own id.

    idempotency_key is the same at each attempt, so that the other system can tell a repeat from
    a second wish. body is what to send, target the contract's (its keys: see validate_target).
    attempt counts from 1.
    """

    effect_id: str
    idempotency_key: str
    body: Mapping[str, Any]
    target: Mapping[str, Any]
    attempt: int = 1


@dataclass(frozen=True)
class EffectResult:
    """The effect is in place. status is done, or repeated when it was in place before.

    summary is small, kept in the record, and free of the item's content: a status code, a size.
    """

    status: Literal["done", "repeated"]
    summary: dict[str, Any] = field(default_factory=dict)


class Connector(Protocol):
    """Brings effects about in one kind of system. Safe to share between threads.

    A class named by settings.EFFECT_CONNECTORS also has `reversal`, see registry.Reversal.
    """

    def apply(self, request: EffectRequest) -> EffectResult:
        """Bring the effect about; applying the same idempotency key again changes nothing.

        Raises TransientError (may succeed later, possibly did reach the other system) or
        PermanentError (a person must change something).
        """
        ...
