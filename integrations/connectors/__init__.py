"""Connectors: how an effect reaches another system, one module for each kind of system."""

from integrations.connectors.base import Connector, EffectRequest, EffectResult
from integrations.connectors.registry import CONNECTORS, build, validate_target

__all__ = [
    "CONNECTORS",
    "Connector",
    "EffectRequest",
    "EffectResult",
    "build",
    "validate_target",
]
