"""What is sent, whatever the channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One thing told, and where to look."""

    text: str
    url: str


@dataclass(frozen=True)
class Message:
    """A message of one or more lines. id is the same however often it is tried, so that a receiver
    can tell a repetition; footer_url is where one chooses what to be told."""

    id: str
    subject: str
    lines: Sequence[Line]
    footer_url: str

    def as_text(self) -> str:
        """Plain text, a paragraph a line, as e-mail carries it."""
        parts = [f"{line.text}\n{line.url}" for line in self.lines]
        return "\n\n".join([*parts, f"Choose what you are told: {self.footer_url}"]) + "\n"
