"""Readers of files that people and systems hand over: row by row, each bad row by itself."""

from integrations.importers.base import FileProblem, Limits, Row, RowError
from integrations.importers.casting import cast_row
from integrations.importers.delimited import read_csv
from integrations.importers.jsonl import read_jsonl
from integrations.importers.registry import open_rows
from integrations.importers.rejects import Rejects

__all__ = [
    "FileProblem",
    "Limits",
    "Rejects",
    "Row",
    "RowError",
    "cast_row",
    "open_rows",
    "read_csv",
    "read_jsonl",
]
