"""Policies of the demo: a Markdown text each, for a process or for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Shipped:
    """process is a shipped process's name, None for all."""

    slug: str
    title: str
    process: str | None

    @property
    def text(self) -> str:
        return (_HERE / f"{self.slug}.md").read_text(encoding="utf-8")


POLICIES = (
    Shipped("payments", "Payments", "invoice-intake"),
    Shipped("automated-decisions", "Automated decisions", None),
)


def of_processes(processes: Iterable[str]) -> Iterator[Shipped]:
    """Those of these processes, and those of all."""
    known = set(processes)
    return (one for one in POLICIES if one.process is None or one.process in known)
