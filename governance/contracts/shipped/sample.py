"""A made-up item with what a careful person would decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Sample:
    """payload fits the contract's input schema, output its output schema."""

    payload: dict[str, Any]
    output: dict[str, Any]
    external_id: str


class Maker(Protocol):
    def make(self, count: int, seed: int) -> Iterator[Sample]:
        """count samples; the same count and seed give the same ones, on every machine."""
        ...
