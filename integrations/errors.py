"""The two kinds of failure that a caller must tell apart: try again, or do not."""

from __future__ import annotations


class IntegrationError(Exception):
    """Something outside failed. The message never holds an item's content."""


class TransientError(IntegrationError):
    """May succeed when tried again.

    retry_after_seconds is what the other side asked for, or None if it did not say.
    """

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class PermanentError(IntegrationError):
    """Fails the same way until a person changes something."""
