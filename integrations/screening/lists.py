"""A file of names to screen against, kept in memory and read again when it changes.

CSV in UTF-8 with a header: `name`, and as it pleases `aliases` (parted by semicolons) and `kind`
(person, organisation). Other columns are passed by.
"""

from __future__ import annotations

import csv
import io
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process

from integrations.screening.matching import Name, prepared, score

# At or above this two names are for a person to compare. On 464 judged pairs it finds 95 of 100
# that are the same, and 77 of 100 that it finds are; whoever compares loses less by a look too
# many than by one too few.
DEFAULT_THRESHOLD = 0.82

MAX_BYTES = 64 * 1024 * 1024
MAX_NAMES = 1_000_000
KINDS = frozenset({"person", "organisation"})
# The full comparison costs about 50 microseconds; these bounds keep it to some hundred names, and
# lose none of the judged pairs that reach the threshold.
_SHORTLIST = 300
_LEAST_LIKE = 55.0


class ListUnreadable(Exception):
    """The file is missing, is no such list, or holds no name. The message repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Match:
    """The likest name: its line in the file, from 2 on, and how alike it is, 0 to 1."""

    line: int
    score: float


@dataclass(frozen=True, slots=True)
class ScreeningList:
    """All names of a file, in parallel: name, its words sorted, run together, line, kind."""

    names: tuple[Name, ...]
    sorted: tuple[str, ...]
    joined: tuple[str, ...]
    lines: tuple[int, ...]
    kinds: tuple[str, ...]

    def likest(self, name: str, *, kind: str = "any") -> Match | None:
        """The name most like this one; None where none is alike at all, or `name` has no letters.

        With a kind, names of the other kind are passed by; those without one are not.
        """
        wanted = prepared(name)
        best: Match | None = None
        for at in self._shortlist(wanted) if wanted.joined else ():
            if kind != "any" and self.kinds[at] not in {"", kind}:
                continue
            found = score(wanted, self.names[at])
            if found > 0 and (best is None or found > best.score):
                best = Match(self.lines[at], found)
        return best

    def _shortlist(self, wanted: Name) -> Iterator[int]:
        seen: set[int] = set()
        for query, choices, scorer in (
            (wanted.sorted, self.sorted, fuzz.token_set_ratio),
            (wanted.joined, self.joined, fuzz.ratio),
        ):
            for _, _, at in process.extract(
                query, choices, scorer=scorer, score_cutoff=_LEAST_LIKE, limit=_SHORTLIST
            ):
                if at not in seen:
                    seen.add(at)
                    yield at


_cached: dict[str, tuple[tuple[int, int, int], ScreeningList]] = {}
_lock = threading.Lock()


def load(path: Path) -> ScreeningList:
    """The list in a file, from memory unless it has changed since. Raises ListUnreadable."""
    try:
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            stamp = (state.st_mtime_ns, state.st_size, state.st_ino)
            with _lock:
                kept = _cached.get(str(path))
            if kept is not None and kept[0] == stamp:
                return kept[1]
            if state.st_size > MAX_BYTES:
                raise ListUnreadable("The list is larger than is read.")
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ListUnreadable("The list cannot be opened.") from error
    found = parse(content)
    with _lock:
        _cached[str(path)] = (stamp, found)
    return found


def parse(content: bytes) -> ScreeningList:
    """The list in a file's bytes. Raises ListUnreadable."""
    try:
        rows = list(_rows(content.decode("utf-8-sig")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ListUnreadable("The list is not CSV in UTF-8.") from error
    if not rows:
        raise ListUnreadable("The list holds no name.")
    names, lines, kinds = zip(*rows, strict=True)
    return ScreeningList(
        names, tuple(one.sorted for one in names), tuple(one.joined for one in names), lines, kinds
    )


def _rows(text: str) -> Iterator[tuple[Name, int, str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if "name" not in (reader.fieldnames or ()):
        raise ListUnreadable("The list has no column called name.")
    count = 0
    for row in reader:
        kind = (row.get("kind") or "").strip().casefold()
        for written in ((row["name"] or ""), *(row.get("aliases") or "").split(";")):
            name = prepared(written)
            if not name.joined:
                continue
            count += 1
            if count > MAX_NAMES:
                raise ListUnreadable("The list holds more names than are read.")
            yield name, reader.line_num, kind if kind in KINDS else ""
