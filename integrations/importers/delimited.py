"""CSV, read in a stream: quoted fields may span lines, and a bad record costs only itself."""

from __future__ import annotations

import csv
import threading
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from integrations.importers.base import FileProblem, Limits, Line, Row, RowError, lines

DELIMITERS = (",", ";", "\t")

# csv's field limit belongs to the process, so it is raised once, to the largest limit in use;
# rows are measured again by their own.
_lock = threading.Lock()


def read_csv(
    stream: BinaryIO, *, limits: Limits | None = None, delimiter: str | None = None
) -> Iterator[Row]:
    """Yield (line number, {column: text}) or (line number, RowError) for each record.

    The first record names the columns. Values are texts as they stand (cast_row gives them
    types); an empty field is "". Blank lines are passed over. delimiter is found from the header
    when not given. stream is a binary file.
    Raises FileProblem at the first step for: an empty file, a header with an empty or repeated
    name, too many columns, text that is not UTF-8 or has NUL bytes.
    """
    limits = limits or Limits()
    with _lock:
        csv.field_size_limit(max(csv.field_size_limit(), limits.record_bytes))
    source = _Records(lines(stream, limits), limits)
    header = _header(source, limits, delimiter)
    for number, record, problem in source.records():
        if problem is not None:
            yield number, source.error(problem)
        elif len(record) != len(header):
            yield number, source.error(f"has {len(record)} fields, the header {len(header)}")
        elif reason := _doubt(record, header, limits):
            yield number, source.error(reason)
        else:
            yield number, dict(zip(header, record, strict=True))


class _Records:
    """Feeds lines to csv and remembers those of the record at hand."""

    def __init__(self, source: Iterator[Line], limits: Limits) -> None:
        self._source = source
        self._limits = limits
        self.lines: list[Line] = []
        self._bytes = 0
        self.delimiter = ","

    def records(self) -> Iterator[tuple[int, list[str], str | None]]:
        """(first line, fields, None), or (first line, [], what is wrong)."""
        reader = csv.reader(self._feed(), delimiter=self.delimiter, strict=True)
        while True:
            self.lines, self._bytes = [], 0
            problem = None
            try:
                record = next(reader)
            except StopIteration:
                return
            except _TooLong as error:
                # The exception ended the feed; carry on behind the line that caused it.
                reader = csv.reader(self._feed(), delimiter=self.delimiter, strict=True)
                record, problem = [], str(error)
            except csv.Error as error:
                record, problem = [], _words(error)
            if problem is None and not record:
                continue
            yield self.lines[0].number, record, problem

    def error(self, reason: str) -> RowError:
        raw = b"".join(line.content for line in self.lines)
        return RowError(reason, raw, sum(line.missing_bytes for line in self.lines))

    def _feed(self) -> Iterator[str]:
        for line in self._source:
            self.lines.append(line)
            self._bytes += len(line.content)
            if line.missing_bytes:
                raise _TooLong(f"a line is longer than {self._limits.line_bytes} bytes")
            if self._bytes > self._limits.record_bytes:
                raise _TooLong(
                    f"a record is longer than {self._limits.record_bytes} bytes; "
                    "a closing quote may be missing"
                )
            # Bytes that are not UTF-8 become lone surrogates, found when the record is whole.
            yield line.content.decode(errors="surrogateescape")


class _TooLong(Exception):
    pass


def _header(source: _Records, limits: Limits, delimiter: str | None) -> list[str]:
    """Read the first record. Its width is bounded before csv takes it apart."""
    source.delimiter = delimiter or ","
    records = source.records()
    try:
        number, header, problem = next(records)
    except StopIteration:
        raise FileProblem("The file is empty.") from None
    raw = b"".join(line.content for line in source.lines)
    if delimiter is None and len(header) == 1:
        for other in DELIMITERS[1:]:
            if other.encode() in raw:
                source.delimiter = other
                header = next(csv.reader([header[0]], delimiter=other, strict=True))
                break
    if problem is not None:
        raise FileProblem(f"The header cannot be read: {problem}.")
    if len(header) > limits.columns:
        raise FileProblem(f"The header has {len(header)} columns; at most {limits.columns}.")
    header = [name.strip() for name in header]
    reason = _doubt(header, None, limits)
    if reason:
        raise FileProblem(f"The header (line {number}) cannot be used: {reason}.")
    if not all(header):
        raise FileProblem(f"Column {header.index('') + 1} of the header has no name.")
    repeated = [name for name, count in Counter(header).items() if count > 1]
    if repeated:
        raise FileProblem(f"The header names {repeated[0]!r} more than once.")
    return header


def _doubt(record: list[str], header: list[str] | None, limits: Limits) -> str | None:
    for at, value in enumerate(record):
        column = header[at] if header else f"column {at + 1}"
        if len(value) > limits.field_characters:
            return f"{column} is longer than {limits.field_characters} characters"
        if "\0" in value:
            return f"{column} holds a NUL byte"
        if not value.isascii() and any("\ud800" <= mark <= "\udfff" for mark in value):
            return f"{column} is not valid UTF-8"
    return None


def _words(error: csv.Error) -> str:
    text = str(error)
    if "field larger" in text:
        return "a field is too long; a closing quote may be missing"
    if "unexpected end" in text:
        return "a quoted field is not closed"
    if "expected after" in text:
        return "text follows a closing quote"
    return "the quoting cannot be read"
