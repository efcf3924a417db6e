"""Output fields that are tables (an array of objects) as rows of controls, and back again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from governance.contracts.agreement import Agreement
from governance.contracts.terms import COLUMNS
from review.console import evidence, values, words

_ORDER = {name: at for names in COLUMNS.values() for at, name in enumerate(names)}
MAX_ROWS = 500  # read of a form


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    label: str
    kind: str
    control: str
    is_number: bool
    is_required: bool
    options: tuple[values.Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One control; path is `lines.0.quantity` with the form's row number."""

    column: Column
    path: str
    value: str
    model_text: str
    is_changed: bool
    keep: str
    places: str
    taken: str
    choices: tuple[values.Choice, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """number names the row in the form; state is same, added or removed beside the model's."""

    number: int
    state: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """A column whose sum ought to be another field: shown below the table while one types."""

    column: str
    label: str
    field: str
    field_label: str
    tolerance: str


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    blank: Row  # what "add a row" copies; its number is the next free one
    totals: tuple[Total, ...]
    is_given: bool  # whether there is an array at all, be it empty

    @property
    def widths(self) -> str:
        """Kinds of the columns in order, for the style sheet."""
        return " ".join(column.control for column in self.columns)


def is_table(schema: Mapping[str, Any]) -> bool:
    items = schema.get("items")
    return (
        values.types_of(schema) == {"array"}
        and isinstance(items, Mapping)
        and isinstance(items.get("properties"), Mapping)
    )


def build(
    name: str,
    schema: Mapping[str, Any],
    value: Any,
    model: Any,
    *,
    has_model: bool,
    found: Mapping[str, Sequence[Mapping[str, Any]]],
    taken: Mapping[str, str],
    totals: tuple[Total, ...] = (),
) -> Table:
    """A table with the model's rows beside what a person made of them."""
    columns = columns_of(schema["items"])
    properties = schema["items"]["properties"]
    rows = _rows_of(value)
    models = _rows_of(model) if has_model else []
    shown: list[Row] = []
    added = len(models)
    for at, before, place in _aligned(models, rows):
        state = "same"
        if at is None:
            state, at, added = "added" if has_model else "same", added, added + 1
        elif place is None:
            state = "removed"
        cells = tuple(
            _cell(
                column,
                properties[column.name],
                f"{name}.{at}.{column.name}",
                (before if place is None else rows[place]) or {},
                before,
                found.get(f"{name}.{at}.{column.name}", ()) if before is not None else (),
                taken.get(f"{name}.{place}.{column.name}", ""),
            )
            for column in columns
        )
        shown.append(Row(at, state, cells))
    return Table(
        columns=columns,
        rows=tuple(shown),
        blank=_blank(name, columns, properties, added),
        totals=totals,
        is_given=isinstance(value, list),
    )


def _blank(
    name: str, columns: tuple[Column, ...], properties: Mapping[str, Any], number: int
) -> Row:
    cells = tuple(
        _cell(column, properties[column.name], f"{name}.{number}.{column.name}", {}, None, (), "")
        for column in columns
    )
    return Row(number, "added", cells)


def columns_of(items: Mapping[str, Any]) -> tuple[Column, ...]:
    """Columns in the order of their terms, then as required, for jsonb keeps no order."""
    properties: Mapping[str, Any] = items["properties"]
    required = list(items.get("required", ()))
    last = len(_ORDER)

    def place(name: str) -> tuple[int, int, str]:
        term = properties[name].get("x-term", name)
        at = required.index(name) if name in required else len(required)
        return (_ORDER.get(term, last), at, name)

    return tuple(
        Column(
            name=name,
            label=str(properties[name].get("title") or words.label(name)),
            kind=values.kind_of(properties[name]),
            control=_control(properties[name]),
            is_number=values.kind_of(properties[name]) in ("amount", "integer"),
            is_required=name in required,
            options=values.choices_of(properties[name], ""),
        )
        for name in sorted(properties, key=place)
    )


def _control(schema: Mapping[str, Any]) -> str:
    if values.options_of(schema):
        return "select"
    control = values.control_of(schema, "")
    return "text" if control == "area" else control


def _cell(
    column: Column,
    schema: Mapping[str, Any],
    path: str,
    row: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    found: Sequence[Mapping[str, Any]],
    taken: str,
) -> Cell:
    text = values.control_text(schema, row.get(column.name))
    model_text = "" if before is None else values.control_text(schema, before.get(column.name))
    keep = values.keep_of(schema, row.get(column.name))
    if column.name in row and row[column.name] is None:
        keep = "null"
    return Cell(
        column=column,
        path=path,
        value=text,
        model_text=model_text,
        is_changed=before is not None and text != model_text,
        keep=keep,
        places=evidence.sourced(found).places,
        taken=taken,
        choices=values.choices_of(schema, text) if column.options else (),
    )


def _rows_of(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _aligned(
    models: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[int | None, Mapping[str, Any] | None, int | None]]:
    """(the model's place, its row, the current place) in the order to show them."""
    left, right = ([json.dumps(row, sort_keys=True) for row in side] for side in (models, rows))
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    for _, from_, to, start, end in matcher.get_opcodes():
        both = min(to - from_, end - start)
        for step in range(both):
            yield from_ + step, models[from_ + step], start + step
        for at in range(from_ + both, to):
            yield at, models[at], None
        for place in range(start + both, end):
            yield None, None, place


def totals_of(agreement: Agreement, name: str) -> tuple[Total, ...]:
    """The sums that the contract's checks ask of a table's columns."""
    properties = agreement.output_schema["properties"]
    found = []
    for check in agreement.checks:
        if check.test != "column_sum" or tuple(check.of) != (f"output.{name}",):
            continue
        column, target = check.options.get("column"), str(check.options.get("equals", ""))
        columns = properties[name]["items"]["properties"]
        field = target.removeprefix("output.")
        if column not in columns or not target.startswith("output.") or field not in properties:
            continue
        found.append(
            Total(
                column=str(column),
                label=str(columns[column].get("title") or words.label(str(column))),
                field=field,
                field_label=str(properties[field].get("title") or words.label(field)),
                tolerance=str(check.options.get("tolerance") or 0),
            )
        )
    return tuple(found)


def row_numbers(posted: Mapping[str, Any], name: str) -> list[int]:
    """The form's numbers of the rows that were posted, in their order, empty ones left out."""
    prefix = f"output.{name}."
    seen: dict[int, bool] = {}
    for key, raw in posted.items():
        if not key.startswith(prefix):
            continue
        number, _, column = key.removeprefix(prefix).partition(".")
        if not column or not number.isdecimal() or len(number) > 6 or len(seen) >= MAX_ROWS:
            continue
        is_filled = str(raw).strip() != "" or bool(posted.get(f"keep.{name}.{number}.{column}"))
        seen[int(number)] = seen.get(int(number), False) or is_filled
    return [number for number, is_filled in seen.items() if is_filled]


def parse(name: str, schema: Mapping[str, Any], posted: Mapping[str, Any]) -> list[Any] | None:
    """The rows that a form stands for; None where there is no array at all."""
    columns = schema["items"]["properties"]
    rows: list[Any] = []
    for number in row_numbers(posted, name):
        row = {}
        for column, of_column in columns.items():
            path = f"{name}.{number}.{column}"
            raw = posted.get(f"output.{path}")
            if raw is None:
                continue
            found = values.posted_value(of_column, raw, posted.get(f"keep.{path}"))
            if found is not None:
                row[column] = found[0]
        rows.append(row)
    return rows if rows or posted.get(f"output.{name}") == "given" else None
