"""What a candidate is."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import Any

from integrations.extraction.layout import Sheet
from integrations.extraction.values import plain

# A kind's candidates of one item. A page of a dense table has a few hundred numbers.
MAX_CANDIDATES = 400


@dataclass(slots=True)
class Candidate:
    """A value and where it stands.

    key is the value's canonical form: candidates of one key say the same. parts are runs of
    tokens (first, last; inclusive), one for each line it covers; none for a value that follows
    from the item as a whole. traits are the kind's own words
    about it, numbers the kind's own measures.
    """

    value: Any
    key: str
    parts: tuple[tuple[int, int], ...]
    traits: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()
    remembered: float = 0.0

    @property
    def first(self) -> int:
        return self.parts[0][0]

    @property
    def last(self) -> int:
        return self.parts[-1][1]


def bounded(candidates: list[Candidate]) -> list[Candidate]:
    """At most MAX_CANDIDATES: the head and the tail, where documents say what matters."""
    if len(candidates) <= MAX_CANDIDATES:
        return candidates
    head = MAX_CANDIDATES * 5 // 8
    return candidates[:head] + candidates[head - MAX_CANDIDATES :]


class Joined:
    """A segment's words as one plain text, and which word a position belongs to."""

    def __init__(self, sheet: Sheet, first: int, last: int) -> None:
        self.first = first
        self.starts: list[int] = []
        parts: list[str] = []
        at = 0
        for number in range(first, last + 1):
            part = plain(sheet.tokens[number].text)
            self.starts.append(at)
            parts.append(part)
            at += len(part) + 1
        self.text = " ".join(parts)

    def run(self, start: int, end: int) -> tuple[int, int]:
        """Tokens (first, last) that characters start to end lie in."""
        first = bisect.bisect_right(self.starts, start) - 1
        last = bisect.bisect_right(self.starts, max(start, end - 1)) - 1
        return self.first + first, self.first + last


def pieces(sheet: Sheet, most_tokens: int = 60) -> list[Joined]:
    """Every segment's text; very long segments in pieces, so that no pattern meets a long text."""
    found = []
    for segment in sheet.segments:
        for first in range(segment.first, segment.last + 1, most_tokens):
            found.append(Joined(sheet, first, min(first + most_tokens - 1, segment.last)))
    return found
