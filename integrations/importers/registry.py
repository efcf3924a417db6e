"""Which reader a file needs, by its name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import BinaryIO

from integrations.importers.base import FileProblem, Limits, Row
from integrations.importers.delimited import read_csv
from integrations.importers.jsonl import read_jsonl


def open_rows(
    name: str | PurePath, stream: BinaryIO, *, limits: Limits | None = None
) -> Iterator[Row]:
    """Rows of a file called name: .csv and .tsv, or .jsonl and .ndjson; else FileProblem.

    For progress, stream.tell() is how many bytes have been taken.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix == ".csv":
        return read_csv(stream, limits=limits)
    if suffix == ".tsv":
        return read_csv(stream, limits=limits, delimiter="\t")
    if suffix in {".jsonl", ".ndjson"}:
        return read_jsonl(stream, limits=limits)
    raise FileProblem(f"Files ending in {suffix or 'nothing'} are not read; use .csv or .jsonl.")
