"""`manage.py train_local PROCESS --from FILE`: a model from examples, registered and serving."""

import sys
import tempfile
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from tqdm import tqdm

from governance.catalogue import operations as catalogue
from governance.catalogue.examples import Examples, read_examples
from governance.catalogue.models import ModelVersion
from governance.contracts import queries
from governance.contracts.agreement import Agreement, agreement_of
from governance.errors import InvalidInput
from integrations.importers import FileProblem

if TYPE_CHECKING:
    from integrations.providers.local.training import TrainedModel

ACTOR = "system:train_local"
SHOWN_PROBLEMS = 20


class Command(BaseCommand):
    help = "Train a local model on a CSV or JSONL file of examples, register and deploy it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("process")
        parser.add_argument("--from", dest="file", type=Path, required=True, metavar="FILE")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help="what a column is, e.g. --map text=input.message --map label=output.category",
        )
        parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same")

    def handle(self, *args: Any, **options: Any) -> None:
        contract = queries.current(options["process"])
        if contract is None:
            raise CommandError(f"There is no process {options['process']!r} with a contract.")
        agreement = agreement_of(contract.pk)
        provider = agreement.candidate.provider
        if not catalogue.is_local(provider):
            raise CommandError(f"{contract} takes its candidates from {provider}, not from here.")
        examples = self._examples(options["file"], agreement, options["map"])
        trained = self._train(examples, agreement, options["seed"])
        digest = _save(trained)
        with transaction.atomic():
            version = catalogue.register_version(
                process=contract.process_id,
                model_name=provider,
                provider=provider,
                digest=digest,
                config={"path": f"{digest}.npz", "sha256": digest},
                report={
                    "contract": contract.number,
                    "rows": trained.rows,
                    "columns": trained.columns,
                    "seed": trained.seed,
                    "fields": [asdict(one) for one in trained.fields],
                },
                actor=ACTOR,
            )
            catalogue.deploy(version, actor=ACTOR)
        self._tell(trained, version)

    def _examples(self, path: Path, agreement: Agreement, pairs: list[str]) -> Examples:
        try:
            with path.open("rb") as stream:
                examples = read_examples(path, stream, agreement, dict(map(_pair, pairs)))
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        except (FileProblem, InvalidInput) as error:
            raise CommandError(f"{path}: {error}") from None
        for line, reason in examples.problems[:SHOWN_PROBLEMS]:
            self.stderr.write(f"{path}:{line}: {reason}")
        if len(examples.problems) > SHOWN_PROBLEMS:
            self.stderr.write(f"… and {len(examples.problems) - SHOWN_PROBLEMS} more rows")
        if examples.ignored:
            self.stderr.write(f"Columns not used: {', '.join(sorted(examples.ignored))}")
        if not examples.rows:
            raise CommandError(f"{path} holds no row to learn from.")
        return examples

    def _train(self, examples: Examples, agreement: Agreement, seed: int) -> "TrainedModel":
        # Imported here: scikit-learn takes a second, which other commands need not wait for.
        from threadpoolctl import threadpool_limits

        from integrations.providers.local.training import CannotTrain, train

        # The work is sparse, where BLAS gains nothing from threads; on a busy machine their
        # spinning quadruples the time (1,500 messages, two cores: 71 s, and 17 s with one).
        bar = tqdm(total=0, unit="step", disable=not sys.stderr.isatty(), leave=False)
        with threadpool_limits(limits=1), bar:

            def progress(field: str, step: int, steps: int) -> None:
                bar.set_description(field)
                bar.total, bar.n = steps, step
                bar.refresh()

            try:
                return train(
                    examples.rows,
                    agreement.input_schema,
                    agreement.output_schema,
                    seed=seed,
                    progress=progress,
                )
            except CannotTrain as error:
                raise CommandError(str(error)) from None

    def _tell(self, trained: "TrainedModel", version: ModelVersion) -> None:
        self.stdout.write(f"Learnt from {trained.rows} rows in {trained.seconds:.1f} s.")
        self.stdout.write("Held out (each row judged by a model that has not seen it):")
        width = max(len("field"), *(len(one.field) for one in trained.fields))
        self.stdout.write(
            f"  {'field':<{width}}  rows  classes  accuracy  commonest  calibration error"
        )
        for one in trained.fields:
            self.stdout.write(
                f"  {one.field:<{width}}  {one.rows:>4}  {one.classes:>7}  {one.accuracy:>8.1%}"
                f"  {one.majority_share:>9.1%}  {one.calibration_error:>17.3f}"
            )
            if one.rare_classes:
                rare = ", ".join(one.rare_classes)
                self.stdout.write(f"  {'':<{width}}  too few rows to judge: {rare}")
        self.stdout.write(f"{version} ({version.digest[:12]}) now serves.")


def _save(trained: "TrainedModel") -> str:
    """Write the model file under its own SHA-256, which is returned."""
    from integrations.providers.local.files import save

    directory = Path(settings.MODEL_DIR)
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory, prefix=".training-") as temporary:
        written = Path(temporary) / "model.npz"
        digest = save(trained.model, written)
        written.replace(directory / f"{digest}.npz")
    return digest


def _pair(text: str) -> tuple[str, str]:
    column, mark, name = text.partition("=")
    if not mark or not column or not name:
        raise CommandError(f"--map takes COLUMN=FIELD, not {text!r}.")
    return column, name
