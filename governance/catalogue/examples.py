"""Rows of a training file as (payload, output) pairs that fit a contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from governance.contracts.agreement import Agreement
from governance.errors import InvalidInput
from integrations.importers import RowError, cast_row, open_rows

SIDES = ("input", "output")


@dataclass
class Examples:
    """What a file held. problems are (line, reason) of the rows left out, without their values;
    ignored are the columns that are neither input nor output."""

    rows: list[tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)


def read_examples(
    path: Path, stream: BinaryIO, agreement: Agreement, mapping: Mapping[str, str]
) -> Examples:
    """Read a CSV or JSONL file of examples; a row that cannot be used is noted and left out.

    Columns are `input.<field>` and `output.<field>`, or plain names where only one side has a
    field of that name, or whatever mapping makes of them: {"text": "input.message"}. JSON rows
    may nest: {"input": {...}, "output": {...}}. A row needs every required input field and at
    least one output field. Raises FileProblem, and InvalidInput for a mapping or column that
    cannot be placed.
    """
    placed = _Columns(agreement, mapping)
    found = Examples()
    for line, row in open_rows(path, stream):
        if isinstance(row, RowError):
            found.problems.append((line, row.reason))
            continue
        payload, output = placed.split(row, found.ignored)
        reasons = agreement.payload_errors(payload)
        wrong = {f"input.{name}": why for name, why in reasons.items()}
        # An example may teach some outputs only, so that required ones may be missing here.
        for name, why in agreement.output_errors(output).items():
            if why != "is required" or name in output:
                wrong[f"output.{name}"] = why
        if not output:
            wrong["output"] = "has no label"
        if wrong:
            found.problems.append((line, "; ".join(f"{at} {why}" for at, why in wrong.items())))
        else:
            found.rows.append((payload, output))
    return found


class _Columns:
    def __init__(self, agreement: Agreement, mapping: Mapping[str, str]) -> None:
        self._fields = {"input": agreement.input_fields, "output": agreement.output_fields}
        self._schemas = {"input": agreement.input_schema, "output": agreement.output_schema}
        self._mapping = mapping
        self._places: dict[str, tuple[str, str] | None] = {}
        for column, target in mapping.items():
            if self._place(target) is None:
                known = ", ".join(f"{side}.{one}" for side in SIDES for one in self._fields[side])
                raise InvalidInput(f"{column}={target}: there is no such field; known are {known}.")

    def split(
        self, row: Mapping[str, Any], ignored: set[str]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {"input": {}, "output": {}}
        for column, value in _flat(row):
            if column not in self._places:
                self._places[column] = self._place(self._mapping.get(column, column))
            place = self._places[column]
            if place is None:
                ignored.add(column)
            else:
                found[place[0]][place[1]] = value
        return self._typed("input", found["input"]), self._typed("output", found["output"])

    def _place(self, column: str) -> tuple[str, str] | None:
        """("input" or "output", field) of a column's name, None if it is neither."""
        side, _, name = column.partition(".")
        if side in SIDES and name.partition(".")[0] in self._fields[side]:
            return side, name
        sides = [one for one in SIDES if column.partition(".")[0] in self._fields[one]]
        if len(sides) > 1:
            raise InvalidInput(
                f"{column} is a field of the input and of the output; "
                f"name the column input.{column} or output.{column}."
            )
        return (sides[0], column) if sides else None

    def _typed(self, side: str, values: Mapping[str, Any]) -> dict[str, Any]:
        texts = {name: value for name, value in values.items() if isinstance(value, str)}
        others = {name: value for name, value in values.items() if not isinstance(value, str)}
        if side == "output":  # an empty label is a missing one, not the text ""
            texts = {name: value for name, value in texts.items() if value}
        return {**cast_row(texts, self._schemas[side]), **others}


def _flat(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if name in SIDES and isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", one) for inner, one in value.items())
        else:
            yield name, value
