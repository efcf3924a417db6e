"""JSON Lines: one object a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from integrations import strict_json
from integrations.importers.base import FileProblem, Limits, Line, Row, RowError, lines


def read_jsonl(stream: BinaryIO, *, limits: Limits | None = None) -> Iterator[Row]:
    """Yield (line number, object) or (line number, RowError) for each line that is not blank.

    Lines are read by strict_json. stream is a binary file. Raises FileProblem for an empty file.
    """
    limits = limits or Limits()
    empty = True
    for line in lines(stream, limits):
        if not line.missing_bytes and not line.content.strip(b" \t\r\n"):
            continue
        empty = False
        yield line.number, _row(line, limits)
    if empty:
        raise FileProblem("The file is empty.")


def _row(line: Line, limits: Limits) -> dict[str, object] | RowError:
    if line.missing_bytes:
        reason = f"the line is longer than {limits.line_bytes} bytes"
        return RowError(reason, line.content, line.missing_bytes)
    try:
        value = strict_json.loads(
            line.content, max_bytes=limits.line_bytes + 2, max_depth=limits.depth
        )
    except strict_json.StrictJsonError as error:
        return RowError(f"{error.reason} (column {error.column})", line.content)
    if not isinstance(value, dict):
        return RowError("the line is not a JSON object", line.content)
    return value
