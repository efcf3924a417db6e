"""`manage.py import_items PROCESS FILE`: CSV or JSONL, safe to repeat or resume."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from governance.contracts.agreement import agreement_of
from governance.contracts.models import Process
from governance.errors import InvalidInput
from integrations.importers import FileProblem, Rejects, RowError, open_rows
from review.items.columns import Columns
from review.items.intake import Incoming, Received, receive_bulk

BATCH = 500


class Command(BaseCommand):
    help = "Hand items in from a CSV or JSONL file; repeating or resuming is safe."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("process")
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help="read an input field from another column, e.g. --map text=message",
        )
        parser.add_argument(
            "--id-column", default="", help="column of the external id (external_id, else id)"
        )
        parser.add_argument(
            "--ignore",
            action="append",
            default=[],
            metavar="COLUMN",
            help="a column that is no input field, e.g. a label",
        )
        parser.add_argument(
            "--documents", type=Path, metavar="DIR", help="folder of the items' files"
        )
        parser.add_argument(
            "--documents-column",
            default="documents",
            metavar="COLUMN",
            help="column that names an item's files in it, parted by ; (default: documents)",
        )
        parser.add_argument("--rejects", type=Path, help="default: FILE.rejects.jsonl")

    def handle(self, *args: Any, **options: Any) -> None:
        process = Process.objects.filter(pk=options["process"]).first()
        if process is None or process.contract_id is None:
            raise CommandError(f"There is no process {options['process']!r} with a contract.")
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        folder: Path | None = options["documents"]
        if folder is not None and not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        agreement = agreement_of(process.contract_id)
        columns = Columns(
            agreement=agreement,
            mapping=dict(_pair(text) for text in options["map"]),
            ignored=frozenset(options["ignore"]),
            id_column=options["id_column"],
            files=folder,
            files_column=options["documents_column"],
        )
        counts = {"created": 0, "repeated": 0, "refused": 0}
        rejects = Rejects(options["rejects"] or path.with_name(path.name + ".rejects.jsonl"))
        bar = tqdm(
            total=path.stat().st_size,
            unit="B",
            unit_scale=True,
            desc=process.pk,
            disable=not sys.stderr.isatty(),
        )
        batch: list[tuple[int, Incoming, dict[str, Any]]] = []

        def flush() -> None:
            results = receive_bulk(
                process, [one for _, one, _ in batch], actor="system:import_items"
            )
            for (line, _, row), result in zip(batch, results, strict=True):
                counts[result.status] += 1
                if result.status == "refused":
                    rejects.write(line, _why(result), row)
            batch.clear()

        with path.open("rb") as stream, rejects, bar:
            try:
                for line, row in open_rows(path, stream):
                    bar.update(max(0, stream.tell() - bar.n))
                    if isinstance(row, RowError):
                        counts["refused"] += 1
                        rejects.write(line, row.reason, row)
                        continue
                    try:
                        incoming = columns.incoming(row, place=f"{path.stem}:{line}")
                    except InvalidInput as error:
                        counts["refused"] += 1
                        rejects.write(line, str(error), row)
                        continue
                    batch.append((line, incoming, row))
                    if len(batch) >= BATCH:
                        flush()
            except FileProblem as error:
                raise CommandError(f"{path}: {error}") from error
            finally:
                if batch:
                    flush()
        self.stdout.write(
            f"{counts['created']} created, {counts['repeated']} here already, "
            f"{counts['refused']} refused"
        )
        if counts["refused"]:
            self.stdout.write(f"Refused rows with line and reason: {rejects.path}")
        if not any(counts.values()):
            raise CommandError(f"{path} holds no rows.")


def _pair(text: str) -> tuple[str, str]:
    column, mark, name = text.partition("=")
    if not mark or not column or not name:
        raise CommandError(f"--map takes COLUMN=FIELD, not {text!r}.")
    return column, name.removeprefix("input.")


def _why(result: Received) -> str:
    details = "; ".join(f"{path}: {why}" for path, why in result.errors.items())
    return f"{result.message} {details}".strip()
