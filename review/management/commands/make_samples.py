"""`manage.py make_samples PROCESS`: made-up items of a shipped process, for trying things out."""

import csv
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from governance.contracts import shipped
from governance.contracts.agreement import Agreement
from governance.contracts.parse import parse
from governance.contracts.shipped.sample import Sample


class Command(BaseCommand):
    help = "Print made-up items that import_items (and, with --labels, train_local) can read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("process", choices=shipped.SLUGS)
        parser.add_argument("--count", type=int, default=100)
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same")
        parser.add_argument("--labels", action="store_true", help="with what is right to decide")
        parser.add_argument("--format", choices=("csv", "jsonl"), default="csv")
        parser.add_argument("--output", type=Path, help="a file instead of standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["count"] < 1:
            raise CommandError("--count must be at least 1.")
        slug: str = options["process"]
        source = (shipped.folder(slug) / "contract.yaml").read_text()
        agreement = Agreement.from_body(parse(source))
        samples = shipped.maker(slug).make(options["count"], options["seed"])
        with _open(options["output"], self.stdout) as stream:
            if options["format"] == "csv":
                write_csv(stream, samples, agreement, has_labels=options["labels"])
            else:
                write_jsonl(stream, samples, has_labels=options["labels"])


def write_csv(
    stream: TextIO, samples: Iterator[Sample], agreement: Agreement, *, has_labels: bool
) -> None:
    """A header of external_id, `input.<field>` and, with labels, `output.<field>`; then rows."""
    fields = [f"input.{name}" for name in agreement.input_fields]
    if has_labels:
        fields += [f"output.{name}" for name in agreement.output_fields]
    writer = csv.DictWriter(stream, ["external_id", *fields], lineterminator="\n")
    writer.writeheader()
    for sample in samples:
        row = _columns(sample, has_labels=has_labels)
        writer.writerow({name: _text(value) for name, value in row.items()})


def write_jsonl(stream: TextIO, samples: Iterator[Sample], *, has_labels: bool) -> None:
    for sample in samples:
        row = _columns(sample, has_labels=has_labels)
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def _columns(sample: Sample, *, has_labels: bool) -> dict[str, Any]:
    row = {"external_id": sample.external_id}
    row |= {f"input.{name}": value for name, value in sample.payload.items()}
    if has_labels:
        row |= {f"output.{name}": value for name, value in sample.output.items()}
    return row


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


@contextmanager
def _open(path: Path | None, standard: Any) -> Iterator[TextIO]:
    if path is None:
        yield standard
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        yield file
