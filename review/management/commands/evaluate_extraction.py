"""`manage.py evaluate_extraction FILE`: how well an extractor reads documents it has not seen."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from governance.catalogue.document_examples import (
    DocumentExamples,
    output_errors_of,
    read_document_examples,
)
from governance.contracts import queries
from governance.contracts.agreement import agreement_of
from governance.errors import InvalidInput

if TYPE_CHECKING:
    from integrations.extraction.evaluating import Outcome
    from integrations.extraction.training import Example

SHOWN_PROBLEMS = 20


class Command(BaseCommand):
    help = (
        "Train on a part of a file of document examples and judge the rest, by chance, by issuer "
        "or held out; or train on one file and judge another. Nothing is registered."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--process", help="whose contract gives schema and thresholds")
        which.add_argument("--schema", type=Path, help="a JSON file with the output schema")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--train-on", type=Path, metavar="FILE", help="examples to learn from")
        how.add_argument("--by-issuer", type=int, metavar="FOLDS", help="no issuer on both sides")
        how.add_argument("--by-chance", type=int, metavar="FOLDS")
        how.add_argument("--hold-out", type=int, metavar="ROWS", help="so many, once for each seed")
        parser.add_argument("--seeds", default="0", help="such as 0,1,2")
        parser.add_argument("--threshold", type=float, default=0.95, help="without a contract")
        parser.add_argument(
            "--only-told",
            action="store_true",
            help="judge only the fields that an example names; others may be there or not",
        )
        parser.add_argument("--by", choices=["relaxed", "close"], default="relaxed")

    def handle(self, *args: Any, **options: Any) -> None:
        schema, thresholds, errors = _agreed(options)
        examples = self._read(options["file"], errors)
        parts: list[list[Outcome]] = []
        for label, outcomes in _parts(examples, schema, options, self._read, errors):
            if options["only_told"]:
                outcomes = [one for one in outcomes if one.field in examples[one.item].output]
            self.stdout.write(label)
            self._tell(outcomes, thresholds, options["by"])
            parts.append(outcomes)
        if len(parts) > 1:
            count = max(one.item for part in parts for one in part) + 1
            pooled = [_renumbered(one, at * count) for at, part in enumerate(parts) for one in part]
            self.stdout.write("All together")
            self._tell(pooled, thresholds, options["by"])

    def _read(self, path: Path, errors: Any) -> "list[Example]":
        from integrations.extraction.training import Example

        try:
            found: DocumentExamples = read_document_examples(path, errors)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        except InvalidInput as error:
            raise CommandError(f"{path}: {error}") from None
        for line, reason in found.problems[:SHOWN_PROBLEMS]:
            self.stderr.write(f"{path}:{line}: {reason}")
        if not found.rows:
            raise CommandError(f"{path} holds no example.")
        return [Example(one.documents, one.output) for one in found.rows]

    def _tell(self, outcomes: "list[Outcome]", thresholds: dict[str, float], by: str) -> None:
        from integrations.extraction import evaluating

        rows = evaluating.scores(outcomes, thresholds, by)
        width = max(len("field"), *(len(one.field) for one in rows))
        self.stdout.write(
            f"  {'field':<{width}}  rows   exact  relaxed   close  above threshold"
            f"  right there ({by}, 95%)"
        )
        for one in rows:
            there = "-"
            if one.above_accuracy is not None and one.above_interval is not None:
                low, high = one.above_interval
                there = f"{one.above_accuracy:.1%} ({low:.1%} to {high:.1%})"
            self.stdout.write(
                f"  {one.field:<{width}}  {one.rows:>4}  {one.exact:>6.1%}  {one.relaxed:>7.1%}"
                f"  {one.close:>6.1%}  {one.above_share:>15.1%}  {there}"
            )
        relaxed, close = (evaluating.all_right(outcomes, one) for one in ("relaxed", "close"))
        self.stdout.write(f"  all fields right: relaxed {relaxed:.1%}, close {close:.1%}")


def _agreed(options: dict[str, Any]) -> tuple[Any, dict[str, float], Any]:
    """Schema, thresholds by field and what is wrong with an output, of contract or file."""
    if options["process"]:
        contract = queries.current(options["process"])
        if contract is None:
            raise CommandError(f"There is no process {options['process']!r} with a contract.")
        agreement = agreement_of(contract.pk)
        bands = {name: band.automatic for name, band in agreement.bands.items()}
        return agreement.output_schema, bands, output_errors_of(agreement)
    try:
        schema = json.loads(options["schema"].read_text())
        fields = list(schema["properties"])
    except OSError as error:
        raise CommandError(f"{options['schema']}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise CommandError(f"{options['schema']} is no JSON Schema of an object.") from None
    return schema, dict.fromkeys(fields, options["threshold"]), lambda output: {}


def _parts(
    examples: "list[Example]", schema: Any, options: dict[str, Any], read: Any, errors: Any
) -> Any:
    """(heading, outcomes) of each split."""
    from integrations.extraction import evaluating

    rows = len(examples)
    if options["train_on"]:
        learnt = read(options["train_on"], errors)
        others = list(range(rows, rows + len(learnt)))
        yield (
            f"Learnt from {len(learnt)} others, judged on {rows}",
            evaluating.evaluate([*examples, *learnt], schema, others, list(range(rows))),
        )
        return
    for seed in (int(one) for one in options["seeds"].split(",")):
        if options["by_issuer"]:
            splits = evaluating.splits_by_issuer(examples, schema, options["by_issuer"], seed)
        elif options["by_chance"]:
            splits = evaluating.splits_by_chance(rows, options["by_chance"], seed)
        else:
            size = options["hold_out"] or max(1, rows // 5)
            splits = iter([evaluating.held_out(rows, size, seed)])
        for number, (training, held_back) in enumerate(splits, 1):
            outcomes = evaluating.evaluate(
                examples, schema, training.tolist(), held_back.tolist(), seed
            )
            heading = f"Seed {seed}, part {number}: learnt from {len(training)}"
            yield f"{heading}, judged on {len(held_back)}", outcomes


def _renumbered(one: "Outcome", by: int) -> "Outcome":
    from dataclasses import replace

    return replace(one, item=one.item + by)
