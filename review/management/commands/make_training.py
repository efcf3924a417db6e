"""`manage.py make_training PROCESS`: make a document process's training data and model again.

Both are shipped: reading the made-up documents takes minutes, learning from them a minute, and
nobody who starts Countersign for the first time should wait for either. The model is what
`train_local PROCESS --from training.jsonl.gz` learns; a test holds the three to one another.
"""

import hashlib
import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from governance.catalogue.document_examples import output_errors_of, read_document_examples
from governance.contracts import shipped
from governance.contracts.agreement import Agreement
from governance.contracts.parse import parse
from governance.contracts.shipped.training import examples, packed

SEED = 1  # the demo's documents come from another one


class Command(BaseCommand):
    help = "Read made-up documents, keep their words and fields, and learn from them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("process", choices=shipped.DOCUMENT_SLUGS)
        parser.add_argument("--count", type=int, default=200)
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument("--to", type=Path, help="a folder instead of the shipped one")
        parser.add_argument(
            "--only-model", action="store_true", help="learn anew from the data that are there"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        slug: str = options["process"]
        folder: Path = options["to"] or shipped.folder(slug)
        data = folder / shipped.training_file(slug).name
        if not options["only_model"]:
            rows = self._read(slug, options["count"], options["seed"])
            data.write_bytes(packed(rows))
            self.stdout.write(f"{len(rows)} examples, {data.stat().st_size:,} bytes: {data.name}")
        self._learn(slug, data, folder)

    def _read(self, slug: str, count: int, seed: int) -> list[dict[str, Any]]:
        with tqdm(total=count, unit="item", disable=not sys.stderr.isatty(), leave=False) as bar:
            return list(examples(slug, count, seed, done=lambda: _step(bar)))

    def _learn(self, slug: str, data: Path, folder: Path) -> None:
        # Imported here: scikit-learn takes a second, which other commands need not wait for.
        from integrations.extraction.files import save
        from integrations.extraction.training import Example, train

        agreement = Agreement.from_body(parse((shipped.folder(slug) / "contract.yaml").read_text()))
        found = read_document_examples(data, output_errors_of(agreement))
        for line, reason in found.problems:
            self.stderr.write(f"{data}:{line}: {reason}")
        trained = train(
            [Example(one.documents, one.output) for one in found.rows],
            agreement.output_schema,
            thresholds={name: band.automatic for name, band in agreement.bands.items()},
        )
        model = folder / shipped.MODEL_FILE
        card = {
            "sha256": save(trained.model, model),
            "learnt_from": hashlib.sha256(data.read_bytes()).hexdigest(),
            "report": {
                "rows": trained.rows,
                "groups": trained.groups,
                "seed": trained.seed,
                "fields": [asdict(one) for one in trained.fields],
            },
        }
        text = json.dumps(card, indent=1, ensure_ascii=False)
        (folder / shipped.MODEL_CARD).write_text(text + "\n", encoding="utf-8")
        self.stdout.write(f"Learnt in {trained.seconds:.0f} s, {model.stat().st_size:,} bytes.")


def _step(bar: Any) -> None:
    bar.update()
