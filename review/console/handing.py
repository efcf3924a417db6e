"""The form that hands an item in: a field for each of the contract's inputs, and its files."""

import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers, StopUpload

from governance.contracts.agreement import Agreement, DocumentsSpec
from integrations.importers import cast_row
from review.console import words
from review.documents.incoming import MEBIBYTE, IncomingFile, too_large

BEFORE = "input."  # of a field's name in the form


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of the form. control: line, area, choice, date, number."""

    name: str
    label: str
    help: str
    control: str
    options: tuple[str, ...]
    is_required: bool
    value: str
    error: str


def entries(
    agreement: Agreement, typed: Mapping[str, str], errors: Mapping[str, str]
) -> list[Entry]:
    """Fields in the contract's order, with what was typed and what was wrong with it."""
    required = set(agreement.input_schema.get("required", ()))
    return [
        Entry(
            name=f"{BEFORE}{name}",
            label=node.get("title") or words.label(name),
            help=node.get("description", ""),
            control=_control(node),
            options=_options(node),
            is_required=name in required,
            value=typed.get(name, ""),
            error="; ".join(why for path, why in errors.items() if _is_of(path, name)),
        )
        for name, node in agreement.input_schema["properties"].items()
    ]


def payload_of(agreement: Agreement, posted: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, as the contract's types; what is empty is left out."""
    typed = {name: text for name, text in typed_in(posted).items() if text}
    return cast_row(typed, agreement.input_schema)


def typed_in(posted: Mapping[str, Any]) -> dict[str, str]:
    """Texts by input field, without NUL characters, which PostgreSQL does not keep."""
    return {
        name.removeprefix(BEFORE): str(posted[name]).replace("\0", "").replace("\r\n", "\n")
        for name in posted
        if name.startswith(BEFORE)
    }


def digest_of(payload: Mapping[str, Any], files: Sequence[IncomingFile]) -> bytes:
    """What a form says, so that sending it twice is known for the same."""
    said = [dict(payload), [[one.name, one.sha256] for one in files]]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()


class Uploads(FileUploadHandler):
    """Takes the form's files, no more and no larger than the contract allows.

    They go to memory, then to a file without a name: nothing is left of them, however this
    process ends. `problem` says why the upload was stopped.
    """

    def __init__(self, spec: DocumentsSpec | None) -> None:
        super().__init__()
        self.problem = ""
        self._spec = spec
        self._count = 0
        self._file: IO[bytes] | None = None
        self._size = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._count += 1
        if self._spec is None or self._count > self._spec.at_most:
            self.problem = "more files than this process takes"
            raise StopUpload(connection_reset=True)
        self._file = tempfile.SpooledTemporaryFile(max_size=MEBIBYTE)  # noqa: SIM115
        self._size = 0
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        assert self._file is not None
        assert self._spec is not None
        self._size += len(raw_data)
        if self._size > self._spec.max_bytes:
            self.problem = f"a file {too_large(self._spec)}"
            raise StopUpload(connection_reset=True)
        self._file.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> UploadedFile:
        assert self._file is not None
        self._file.seek(0)
        return UploadedFile(file=self._file, name=self.file_name, size=file_size)


def _control(node: Mapping[str, Any]) -> str:
    kind = node.get("type")
    if _options(node):
        return "choice"
    if kind in ("number", "integer"):
        return "number"
    if node.get("format") == "date":
        return "date"
    return "line" if kind == "string" and node.get("maxLength", 1000) <= 300 else "area"


def _options(node: Mapping[str, Any]) -> tuple[str, ...]:
    if node.get("type") == "boolean":
        return ("true", "false")
    return tuple(str(one) for one in node.get("enum", ()) if one is not None)


def _is_of(path: str, name: str) -> bool:
    """Whether an error's path is about an input field: `payload.name`, or the row's own `name`."""
    plain = path.removeprefix("payload.")
    return plain == name or plain.startswith(f"{name}.")
