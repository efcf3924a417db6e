"""Documents with known fields, as a file of training examples tells them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from governance.contracts.agreement import Agreement
from governance.errors import InvalidInput
from integrations.documents.layout import from_bytes
from integrations.documents.model import DocumentRefused, ReadDocument
from integrations.documents.normalise import normalise

# A line holds the words of an item's documents: 100 pages of print take about 5 MB.
MAX_LINE_BYTES = 32 * 2**20
MAX_EXAMPLES = 20_000


@dataclass(frozen=True, slots=True)
class DocumentExample:
    """An item's documents and what people hold to be right."""

    documents: tuple[ReadDocument, ...]
    output: dict[str, Any]


@dataclass
class DocumentExamples:
    """What a file held. problems are (line, reason) of the examples left out, without values."""

    rows: list[DocumentExample] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)


def read_document_examples(
    path: Path,
    output_errors: Callable[[Mapping[str, Any]], Mapping[str, str]],
    normalised: Callable[[Path], ReadDocument] | None = None,
) -> DocumentExamples:
    """Read JSON lines {"documents": [...], "output": {...}}, plain or packed (.gz).

    A document is a path relative to the file, which is then read like one that is handed in, or
    the document as integrations.documents.layout.to_bytes writes it, so that no text has to be
    recognised again. Other keys are passed by. output_errors says what is wrong with an output by
    field: agreement.output_errors. An example that cannot be used is noted and left out. Raises
    InvalidInput for a file that is none of these, OSError.
    """
    read = normalised or _normalised
    found = DocumentExamples()
    for number, line in _lines(path):
        try:
            found.rows.append(_example(line, path.parent, output_errors, read))
        except (ValueError, InvalidInput) as error:
            found.problems.append((number, str(error)))
        if len(found.rows) > MAX_EXAMPLES:
            raise InvalidInput(f"The file has more than {MAX_EXAMPLES} examples.")
    return found


def output_errors_of(agreement: Agreement) -> Callable[[Mapping[str, Any]], Mapping[str, str]]:
    """An example may teach some fields only, so that required ones may be missing."""

    def errors(output: Mapping[str, Any]) -> Mapping[str, str]:
        return {
            name: why
            for name, why in agreement.output_errors(output).items()
            if why != "is required" or name in output
        }

    return errors


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
        number = 0
        try:
            while line := stream.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(line) > MAX_LINE_BYTES:
                    raise InvalidInput(f"Line {number} is longer than 32 MiB.")
                if line.strip():
                    yield number, line
        except (gzip.BadGzipFile, EOFError):
            raise InvalidInput("The file is not packed as its name says.") from None


def _example(
    line: bytes,
    directory: Path,
    output_errors: Callable[[Mapping[str, Any]], Mapping[str, str]],
    read: Callable[[Path], ReadDocument],
) -> DocumentExample:
    try:
        raw = json.loads(line)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if not isinstance(raw, dict):
        raise ValueError("is not a JSON object")
    documents, output = raw.get("documents"), raw.get("output")
    if not isinstance(documents, list) or not documents:
        raise ValueError("documents: is missing or empty")
    if not isinstance(output, dict) or not output:
        raise ValueError("output: is missing or empty")
    wrong = output_errors(output)
    if wrong:
        raise ValueError("; ".join(f"output.{name} {why}" for name, why in wrong.items()))
    return DocumentExample(tuple(_document(one, directory, read) for one in documents), output)


def _document(raw: Any, directory: Path, read: Callable[[Path], ReadDocument]) -> ReadDocument:
    if isinstance(raw, dict):
        return from_bytes(json.dumps(raw).encode())
    if not isinstance(raw, str):
        raise ValueError("documents: is neither a path nor a document")
    try:
        return read(directory / raw)
    except DocumentRefused as error:
        raise ValueError(f"documents: {error}") from None
    except OSError as error:
        raise ValueError(f"documents: {error.strerror}") from None


def _normalised(path: Path) -> ReadDocument:
    return normalise(path.read_bytes()).document
