"""Connectors by name, and what each needs to know about its target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from integrations.connectors import file, http
from integrations.connectors.base import Connector
from integrations.errors import PermanentError

_KINDS: Mapping[str, tuple[Callable[..., Connector], Callable[[Mapping[str, Any]], list[str]]]] = {
    "http": (http.HttpConnector, http.validate),
    "file": (file.FileConnector, file.validate),
}

CONNECTORS = tuple(_KINDS)


def build(name: str, config: Mapping[str, Any]) -> Connector:
    """The connector called name, config being its keyword arguments.

    http: secrets, allow_private, timeout_seconds; file: root. Raises PermanentError for an
    unknown name or a wrong key.
    """
    if name not in _KINDS:
        raise PermanentError(f"unknown connector {name!r}; known are {', '.join(CONNECTORS)}")
    try:
        return _KINDS[name][0](**config)
    except TypeError as error:
        raise PermanentError(f"Connector {name}: {error}") from None


def validate_target(connector: str, target: Mapping[str, Any]) -> list[str]:
    """What is wrong with an effect's target in a contract, in words; empty when nothing is."""
    if connector not in _KINDS:
        return [f"unknown connector {connector!r}; known are {', '.join(CONNECTORS)}"]
    return _KINDS[connector][1](target)
