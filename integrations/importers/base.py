"""What readers yield, and the limits they keep to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from integrations.errors import PermanentError


class FileProblem(PermanentError):
    """The file as a whole cannot be read, e.g. an empty file or a bad header. Nothing was taken."""


@dataclass(frozen=True)
class Limits:
    """Bounds of one file. A line is what ends in a line feed; quoted CSV fields may span lines."""

    line_bytes: int = 1024 * 1024
    field_characters: int = 100_000
    columns: int = 500
    record_bytes: int = 2 * 1024 * 1024
    depth: int = 32


@dataclass(frozen=True)
class RowError:
    """A row that cannot be taken. raw is the row as it stood in the file, for the rejects file;
    of a line longer than Limits.line_bytes it is the beginning, and missing_bytes the rest."""

    reason: str
    raw: bytes
    missing_bytes: int = 0


# A reader yields each row with the number of its first line, counted from 1.
Row = tuple[int, dict[str, Any] | RowError]


@dataclass(frozen=True)
class Line:
    """One line with its line feed. missing_bytes were skipped because the line is too long."""

    number: int
    content: bytes
    missing_bytes: int = 0


def lines(stream: BinaryIO, limits: Limits) -> Iterator[Line]:
    """Lines of a binary stream in bounded memory; a byte order mark at the start is dropped."""
    number = 0
    while content := stream.readline(limits.line_bytes + 1):
        number += 1
        missing = 0
        if len(content) > limits.line_bytes:
            content, rest = content[: limits.line_bytes], content[limits.line_bytes :]
            while rest:
                missing += len(rest)
                rest = b"" if rest.endswith(b"\n") else stream.readline(64 * 1024)
        if number == 1:
            content = content.removeprefix(b"\xef\xbb\xbf")
            if content.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise FileProblem("The file is UTF-16; save it as UTF-8.")
        yield Line(number, content, missing)
