"""Effect types by name: how each is loaded, what its target needs, whether it can be taken back.

Nothing of a connector is imported before it is asked for: the web only schedules effects, and the
HTTP client alone would be 7 MiB of every web process.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, cast, get_args

from integrations.connectors.base import Connector
from integrations.errors import PermanentError

# compensation: what a contract says undoes it can be sent the same way. none: nothing sent this
# way can ever be taken back, and a contract has to say so for people.
Reversal = Literal["compensation", "none"]


class UndeclaredReversal(Exception):
    """An effect type that does not say whether it can be taken back; nothing may start with it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """path is `module:Class` of the connector; its module has `validate(target) -> list[str]`."""

    path: str
    reversal: Reversal

    def module(self) -> Any:
        return import_module(self.path.partition(":")[0])

    def load(self) -> Any:
        return getattr(self.module(), self.path.partition(":")[2])


_KINDS: dict[str, Kind] = {}

# The names known, live: what `register` adds appears here.
CONNECTORS: Collection[str] = _KINDS.keys()


def register(name: str, path: str, reversal: str | None = None) -> None:
    """Make an effect type known. path is `module:Class`; reversal is asked of the class if None.

    Raises UndeclaredReversal where neither says whether it can be taken back, ImportError and
    AttributeError where there is no such class.
    """
    if reversal is None:
        module, _, attribute = path.partition(":")
        reversal = getattr(getattr(import_module(module), attribute), "reversal", None)
    if reversal not in get_args(Reversal):
        raise UndeclaredReversal(
            f"The effect type {name!r} ({path}) declares neither that it can be compensated nor "
            f'that it cannot: give its class reversal = "compensation" or "none".'
        )
    _KINDS[name] = Kind(path, cast(Reversal, reversal))


register("http", "integrations.connectors.http:HttpConnector", "compensation")
register("file", "integrations.connectors.file:FileConnector", "compensation")


def build(name: str, config: Mapping[str, Any]) -> Connector:
    """The connector called name, config being its keyword arguments.

    http: secrets, allow_private, timeout_seconds; file: root. Raises PermanentError for an
    unknown name or a wrong key.
    """
    if name not in _KINDS:
        raise PermanentError(f"unknown connector {name!r}; known are {', '.join(CONNECTORS)}")
    try:
        connector: Connector = _KINDS[name].load()(**config)
    except TypeError as error:
        raise PermanentError(f"Connector {name}: {error}") from None
    return connector


def validate_target(connector: str, target: Mapping[str, Any]) -> list[str]:
    """What is wrong with an effect's target in a contract, in words; empty when nothing is."""
    if connector not in _KINDS:
        return [f"unknown connector {connector!r}; known are {', '.join(CONNECTORS)}"]
    found: list[str] = _KINDS[connector].module().validate(target)
    return found


def can_compensate(connector: str) -> bool:
    """Whether anything sent by this effect type can be taken back at all."""
    kind = _KINDS.get(connector)
    return kind is not None and kind.reversal == "compensation"
