"""Rows of an imported file as incoming items."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive

from governance.contracts.agreement import Agreement
from governance.errors import InvalidInput
from integrations.importers import cast_row
from review.documents.incoming import IncomingFile
from review.items.intake import Incoming

OWN_COLUMNS = ("external_id", "priority", "due_at", "segment")


@dataclass(frozen=True)
class Columns:
    """How a file's columns become an item.

    A column is an input field by its name, with or without `input.`; `mapping` renames columns
    first. external_id, priority, due_at and segment are the item's own unless the contract has
    an input field of that name. `output.` columns are labels and never part of an item. With
    `files`, a folder, the column `files_column` names an item's files in it, parted by semicolons
    (a list in JSONL).
    """

    agreement: Agreement
    mapping: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    id_column: str = ""
    files: Path | None = None
    files_column: str = "documents"

    def incoming(self, row: Mapping[str, Any], *, place: str) -> Incoming:
        """One row as an item. `place` (file and line) names a row without an external id, so
        that importing the same file again finds it. Raises InvalidInput.
        """
        own: dict[str, Any] = {}
        payload: dict[str, Any] = {}
        files: tuple[IncomingFile, ...] = ()
        for column, value in row.items():
            if column in self.ignored or column.startswith("output."):
                continue
            if column == self.id_column:
                own["external_id"] = value
                continue
            if self.files is not None and column == self.files_column:
                files = tuple(_file(self.files, name) for name in _names(value))
                continue
            name = self.mapping.get(column, column).removeprefix("input.")
            if name.split(".", 1)[0] in self.agreement.input_fields:
                payload[name] = value
            elif name in OWN_COLUMNS or (name == "id" and not self.id_column):
                own.setdefault("external_id" if name == "id" else name, value)
            elif name == "payload" and isinstance(value, Mapping):
                payload.update(value)
            else:
                raise InvalidInput(
                    f"Column {column!r} is no input field; use --map or --ignore for it."
                )
        texts = {name: value for name, value in payload.items() if isinstance(value, str)}
        others = {name: value for name, value in payload.items() if not isinstance(value, str)}
        external_id = str(own.get("external_id") or place)
        return Incoming(
            payload={**cast_row(texts, self.agreement.input_schema), **others},
            external_id=external_id,
            priority=_whole(own.get("priority")),
            due_at=_instant(own.get("due_at")),
            segment=own.get("segment") or None,
            documents=files,
        )


def _names(value: Any) -> list[str]:
    if value in (None, ""):
        return []
    names = value if isinstance(value, list) else str(value).split(";")
    return [name for one in names if (name := str(one).strip())]


def _file(folder: Path, name: str) -> IncomingFile:
    """A file in the folder or below it; a name that leads elsewhere is refused."""
    try:
        path = (folder / name).resolve()
        is_there = path.is_relative_to(folder.resolve()) and path.is_file()
    except (OSError, ValueError):
        is_there = False
    if not is_there:
        raise InvalidInput(f"There is no file {name!r} in the folder of files.")
    return IncomingFile(path.name, path)


def _whole(value: Any) -> int | None:
    if value in (None, ""):
        return None
    try:
        return int(str(value))
    except ValueError:
        raise InvalidInput("priority must be a whole number.") from None


def _instant(value: Any) -> datetime | None:
    if value in (None, ""):
        return None
    try:
        found = parse_datetime(str(value))
    except ValueError:
        found = None
    if found is None or is_naive(found):
        raise InvalidInput("due_at must be an instant with a time zone (ISO 8601).")
    return found
