"""`manage.py make_samples PROCESS`: made-up items of a shipped process, for trying things out.

Processes that read documents get their files beside the list: with --output items.jsonl they lie
in items-files/, a folder an item, and the list names them in its column `documents`.
"""

import csv
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from governance.contracts import shipped
from governance.contracts.agreement import Agreement
from governance.contracts.parse import parse
from governance.contracts.shipped.sample import Sample, SampleFile


class Command(BaseCommand):
    help = "Print made-up items that import_items (and, with --labels, train_local) can read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("process", choices=shipped.SLUGS)
        parser.add_argument("--count", type=int, default=100)
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same")
        parser.add_argument("--labels", action="store_true", help="with what is right to decide")
        parser.add_argument(
            "--format", choices=("csv", "jsonl"), help="by default csv, jsonl for documents"
        )
        parser.add_argument(
            "--only",
            type=lambda text: text.split(","),
            metavar="FIELD,FIELD",
            help="of the labels only these, e.g. for a contract of your own with fewer fields",
        )
        parser.add_argument("--output", type=Path, help="a file instead of standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["count"] < 1:
            raise CommandError("--count must be at least 1.")
        slug: str = options["process"]
        has_documents = slug in shipped.DOCUMENT_SLUGS
        path: Path | None = options["output"]
        if has_documents and path is None:
            raise CommandError("Name a list with --output; the documents are put beside it.")
        source = (shipped.folder(slug) / "contract.yaml").read_text()
        agreement = Agreement.from_body(parse(source))
        samples = shipped.maker(slug).make(options["count"], options["seed"])
        if options["only"]:
            samples = _narrowed(samples, options["only"])
        if has_documents and path is not None:
            samples = _kept(samples, path)
        with _open(path, self.stdout) as stream:
            if (options["format"] or ("jsonl" if has_documents else "csv")) == "csv":
                write_csv(stream, samples, agreement, has_labels=options["labels"])
            else:
                write_jsonl(stream, samples, has_labels=options["labels"])


def _narrowed(samples: Iterator[Sample], fields: list[str]) -> Iterator[Sample]:
    for sample in samples:
        labels = {name: value for name, value in sample.output.items() if name in fields}
        yield replace(sample, output=labels)


def _kept(samples: Iterator[Sample], path: Path) -> Iterator[Sample]:
    """The samples as they come, each with its files written and named from the list's folder."""
    for sample in samples:
        folder = path.with_name(f"{path.stem}-files") / sample.external_id
        folder.mkdir(parents=True, exist_ok=True)
        for file in sample.documents:
            (folder / file.name).write_bytes(file.content)
        names = [str((folder / file.name).relative_to(path.parent)) for file in sample.documents]
        yield replace(sample, documents=tuple(SampleFile(name, b"") for name in names))


def write_csv(
    stream: TextIO, samples: Iterator[Sample], agreement: Agreement, *, has_labels: bool
) -> None:
    """A header of external_id, `input.<field>` and, with labels, `output.<field>`; then rows."""
    fields = [f"input.{name}" for name in agreement.input_fields]
    if agreement.documents is not None:
        fields.append("documents")
    if has_labels:
        fields += [f"output.{name}" for name in agreement.output_fields]
    writer = csv.DictWriter(stream, ["external_id", *fields], lineterminator="\n")
    writer.writeheader()
    for sample in samples:
        row = _columns(sample, has_labels=has_labels)
        writer.writerow({name: _text(value) for name, value in row.items()})


def write_jsonl(stream: TextIO, samples: Iterator[Sample], *, has_labels: bool) -> None:
    """A row an item; with labels, those of documents nest, as train_local reads them."""
    for sample in samples:
        row = _columns(sample, has_labels=has_labels and not sample.documents)
        if has_labels and sample.documents:
            row["output"] = sample.output
            row["special"], row["note"] = sample.special, sample.note
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def _columns(sample: Sample, *, has_labels: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"external_id": sample.external_id}
    row |= {f"input.{name}": value for name, value in sample.payload.items()}
    if sample.documents:
        row["documents"] = [file.name for file in sample.documents]
    if has_labels:
        row |= {f"output.{name}": value for name, value in sample.output.items()}
    return row


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        is_table = any(isinstance(one, dict) for one in value)
        return json.dumps(value, ensure_ascii=False) if is_table else ";".join(map(str, value))
    return str(value)


@contextmanager
def _open(path: Path | None, standard: Any) -> Iterator[TextIO]:
    if path is None:
        yield standard
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        yield file
