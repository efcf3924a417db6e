"""A made-up item with what a careful person would decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class SampleFile:
    """A file handed in with an item; content has only what the name's ending says."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Sample:
    """payload fits the contract's input schema, output its output schema.

    output is what the documents say, also where they contradict themselves. special names in one
    word what is odd about the sample ("" for nothing), note says it in a sentence, and failing
    names the checks of the contract that do not hold of output for that reason.
    """

    payload: dict[str, Any]
    output: dict[str, Any]
    external_id: str
    documents: tuple[SampleFile, ...] = ()
    special: str = ""
    note: str = ""
    failing: tuple[str, ...] = ()


class Maker(Protocol):
    def make(self, count: int, seed: int) -> Iterator[Sample]:
        """count samples; the same count and seed give the same ones, on every machine."""
        ...
