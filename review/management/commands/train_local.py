"""`manage.py train_local PROCESS --from FILE`: a model from examples, registered and serving.

With --shadow it answers beside what serves instead; see docs/shadows.md.

A contract whose candidates come from the extraction provider learns from documents; any other
local one from payloads. See docs/extraction.md for the form of document examples.
"""

import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from governance.catalogue import operations as catalogue
from governance.catalogue import providers, shadowing
from governance.catalogue.document_examples import (
    DocumentExample,
    DocumentExamples,
    output_errors_of,
    read_document_examples,
)
from governance.catalogue.examples import Examples, read_examples
from governance.catalogue.models import ModelVersion
from governance.contracts import queries
from governance.contracts.agreement import Agreement, agreement_of
from governance.contracts.models import Contract
from governance.errors import DomainError, InvalidInput
from integrations.importers import FileProblem

if TYPE_CHECKING:
    from integrations.extraction.judging import FieldReport
    from integrations.extraction.training import Trained
    from integrations.providers.local.training import TrainedModel

ACTOR = "system:train_local"
SHOWN_PROBLEMS = 20
DAILY_LIMIT = 500


class Command(BaseCommand):
    help = "Train a local model on a CSV or JSONL file of examples, register and deploy it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("process")
        parser.add_argument("--from", dest="file", type=Path, metavar="FILE")
        parser.add_argument(
            "--from-decisions",
            action="store_true",
            help="learn from documents that people decided, too; they win over the file",
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help="what a column is, e.g. --map text=input.message --map label=output.category",
        )
        parser.add_argument(
            "--shadow",
            type=float,
            metavar="PERCENT",
            help="let it answer this share of the items beside what serves, instead of serving",
        )
        parser.add_argument(
            "--daily-limit",
            type=int,
            metavar="ITEMS",
            help=f"how many items a shadow is asked for on one day at most ({DAILY_LIMIT})",
        )
        parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same")

    def handle(self, *args: Any, **options: Any) -> None:
        contract = queries.current(options["process"])
        if contract is None:
            raise CommandError(f"There is no process {options['process']!r} with a contract.")
        self._check(options)
        agreement = agreement_of(contract.pk)
        provider = agreement.candidate.provider
        if not providers.is_local(provider):
            raise CommandError(f"{contract} takes its candidates from {provider}, not from here.")
        if not options["file"] and not options["from_decisions"]:
            raise CommandError("Say what to learn from: --from FILE, --from-decisions, or both.")
        if providers.reads_documents(provider):
            self._extractor(contract, agreement, options)
            return
        if not options["file"] or options["from_decisions"]:
            raise CommandError("Only models that read documents learn from decisions so far.")
        examples = self._examples(options["file"], agreement, options["map"])
        trained = self._train(examples, agreement, options["seed"])
        report = {
            "rows": trained.rows,
            "columns": trained.columns,
            "seed": trained.seed,
            "fields": [asdict(one) for one in trained.fields],
        }
        self._tell(trained)
        self._use(_register(contract, provider, _save(trained), report), options)

    def _extractor(
        self, contract: Contract, agreement: Agreement, options: Mapping[str, Any]
    ) -> None:
        examples = DocumentExamples()
        if options["file"]:
            examples = self._documents(options["file"], agreement)
        from_file = len(examples.rows)
        if options["from_decisions"]:
            examples.rows += _decided(contract.process_id, agreement)
        provider = agreement.candidate.provider
        extractor = self._train_extractor(examples, agreement, options["seed"])
        report = _extractor_report(extractor) | {"decided": len(examples.rows) - from_file}
        self._tell_extractor(extractor)
        self._use(_register(contract, provider, _save(extractor), report), options)

    def _check(self, options: Mapping[str, Any]) -> None:
        """Before minutes of training, whether what was learnt could be used as asked."""
        if options["shadow"] is None:
            if options["daily_limit"] is not None:
                raise CommandError("--daily-limit is of a shadow: say --shadow, too.")
            return
        try:
            shadowing.require_range(**_range(options))
        except InvalidInput as error:
            raise CommandError(
                f"{error} {'; '.join(': '.join(one) for one in error.fields)}"
            ) from None

    def _use(self, version: ModelVersion, options: Mapping[str, Any]) -> None:
        """Let the version serve, or answer beside what serves."""
        if options["shadow"] is None:
            catalogue.deploy(version, actor=ACTOR)
            role = "now serves"
        else:
            try:
                shadowing.begin(version, **_range(options), actor=ACTOR)
            except DomainError as error:
                raise CommandError(f"{version} is registered, and no shadow: {error}") from None
            role = f"is now asked for {options['shadow']:g}% of the items, beside what serves"
        self.stdout.write(f"{version} ({version.digest[:12]}) {role}.")

    def _examples(self, path: Path, agreement: Agreement, pairs: list[str]) -> Examples:
        try:
            with path.open("rb") as stream:
                examples = read_examples(path, stream, agreement, dict(map(_pair, pairs)))
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        except (FileProblem, InvalidInput) as error:
            raise CommandError(f"{path}: {error}") from None
        self._tell_problems(path, examples.problems)
        if examples.ignored:
            self.stderr.write(f"Columns not used: {', '.join(sorted(examples.ignored))}")
        if not examples.rows:
            raise CommandError(f"{path} holds no row to learn from.")
        return examples

    def _documents(self, path: Path, agreement: Agreement) -> DocumentExamples:
        try:
            examples = read_document_examples(path, output_errors_of(agreement))
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        except InvalidInput as error:
            raise CommandError(f"{path}: {error}") from None
        self._tell_problems(path, examples.problems)
        if not examples.rows:
            raise CommandError(f"{path} holds no example to learn from.")
        return examples

    def _tell_problems(self, path: Path, problems: list[tuple[int, str]]) -> None:
        for line, reason in problems[:SHOWN_PROBLEMS]:
            self.stderr.write(f"{path}:{line}: {reason}")
        if len(problems) > SHOWN_PROBLEMS:
            self.stderr.write(f"… and {len(problems) - SHOWN_PROBLEMS} more rows")

    def _train_extractor(
        self, examples: DocumentExamples, agreement: Agreement, seed: int
    ) -> "Trained":
        from integrations.extraction.training import CannotTrain, Example, train

        with tqdm(total=0, unit="step", disable=not sys.stderr.isatty(), leave=False) as bar:
            try:
                return train(
                    [Example(one.documents, one.output) for one in examples.rows],
                    agreement.output_schema,
                    seed=seed,
                    progress=_shown_on(bar),
                    thresholds={name: band.automatic for name, band in agreement.bands.items()},
                )
            except CannotTrain as error:
                raise CommandError(str(error)) from None

    def _train(self, examples: Examples, agreement: Agreement, seed: int) -> "TrainedModel":
        # Imported here: scikit-learn takes a second, which other commands need not wait for.
        from threadpoolctl import threadpool_limits

        from integrations.providers.local.training import CannotTrain, train

        # The work is sparse, where BLAS gains nothing from threads; on a busy machine their
        # spinning quadruples the time (1,500 messages, two cores: 71 s, and 17 s with one).
        bar = tqdm(total=0, unit="step", disable=not sys.stderr.isatty(), leave=False)
        with threadpool_limits(limits=1), bar:
            try:
                return train(
                    examples.rows,
                    agreement.input_schema,
                    agreement.output_schema,
                    seed=seed,
                    progress=_shown_on(bar),
                )
            except CannotTrain as error:
                raise CommandError(str(error)) from None

    def _tell_extractor(self, trained: "Trained") -> None:
        self.stdout.write(
            f"Learnt from {trained.rows} examples of about {trained.groups} issuers "
            f"in {trained.seconds:.1f} s."
        )
        self.stdout.write("Held out (each example judged by a model that has not seen it):")
        for line in table_of(trained.fields):
            self.stdout.write(f"  {line}")

    def _tell(self, trained: "TrainedModel") -> None:
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


def _range(options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "share": options["shadow"] / 100,
        "daily_limit": DAILY_LIMIT if options["daily_limit"] is None else options["daily_limit"],
    }


def _shown_on(bar: "tqdm[Any]") -> Callable[[str, int, int], None]:
    def progress(field: str, step: int, steps: int) -> None:
        bar.set_description(field)
        bar.total, bar.n = steps, step
        bar.refresh()

    return progress


def _register(
    contract: Contract, provider: str, digest: str, report: Mapping[str, Any]
) -> ModelVersion:
    """Register the model file of a digest."""
    return catalogue.register_version(
        process=contract.process_id,
        model_name=provider,
        provider=provider,
        digest=digest,
        config={"path": f"{digest}.npz", "sha256": digest},
        report={"contract": contract.number, **report},
        actor=ACTOR,
    )


def _decided(process: str, agreement: Agreement) -> list[DocumentExample]:
    """Decided items whose output fits the contract as it now stands."""
    from review.decisions.examples import decided

    wrong = output_errors_of(agreement)
    return [
        DocumentExample(tuple(documents), output)
        for documents, output in decided(process)
        if not wrong(output)
    ]


def _extractor_report(trained: "Trained") -> dict[str, Any]:
    return {
        "rows": trained.rows,
        "groups": trained.groups,
        "seed": trained.seed,
        "fields": [asdict(one) for one in trained.fields],
    }


def _save(trained: "TrainedModel | Trained") -> str:
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


def table_of(fields: "Sequence[FieldReport]") -> list[str]:
    """The held-out results of an extractor, a line a field."""
    width = max(len("field"), *(len(one.field) for one in fields))
    lines = [
        f"{'field':<{width}}  rows  present  accuracy  new issuers  calibration error"
        "  above threshold  accuracy there"
    ]
    for one in fields:
        share = "" if one.above_share is None else f"{one.above_share:.1%}"
        there = ""
        if one.above_accuracy is not None and one.above_interval is not None:
            low, high = one.above_interval
            there = f"{one.above_accuracy:.1%} ({low:.1%} to {high:.1%})"
        lines.append(
            f"{one.field:<{width}}  {one.rows:>4}  {one.present:>7}  {one.accuracy:>8.1%}"
            f"  {one.stranger_accuracy:>11.1%}  {one.calibration_error:>17.3f}"
            f"  {share:>15}  {there}"
        )
    return lines
