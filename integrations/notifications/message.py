"""What is sent, whatever the channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One thing told, and where to look; "" for nowhere."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Message:
    """A message of one or more lines. id is the same however often it is tried, so that a receiver
    can tell a repetition; footer_url is where one chooses what to be told, "" for what is told
    in any case."""

    id: str
    subject: str
    lines: Sequence[Line]
    footer_url: str = ""

    def as_text(self) -> str:
        """Plain text, a paragraph a line, as e-mail carries it."""
        parts = ["\n".join(filter(None, (line.text, line.url))) for line in self.lines]
        if self.footer_url:
            parts.append(f"Choose what you are told: {self.footer_url}")
        return "\n\n".join(parts) + "\n"
