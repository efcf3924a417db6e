"""`manage.py make_training PROCESS`: make the shipped training data of a document process again."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from governance.contracts import shipped
from governance.contracts.shipped.training import examples, packed

SEED = 1  # the demo's documents come from another one


class Command(BaseCommand):
    help = "Read made-up documents and keep their words and fields as training data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("process", choices=shipped.DOCUMENT_SLUGS)
        parser.add_argument("--count", type=int, default=400)
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument("--output", type=Path, help="instead of the shipped file")

    def handle(self, *args: Any, **options: Any) -> None:
        slug, count = options["process"], options["count"]
        bar = tqdm(total=count, unit="item", disable=not sys.stderr.isatty(), leave=False)
        with bar:
            rows = list(examples(slug, count, options["seed"], done=lambda: _step(bar)))
        path: Path = options["output"] or shipped.training_file(slug)
        path.write_bytes(packed(rows))
        self.stdout.write(f"{len(rows)} examples, {path.stat().st_size:,} bytes: {path.name}")


def _step(bar: Any) -> None:
    bar.update()
