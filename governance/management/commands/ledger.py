"""`manage.py ledger verify|sequence|checkpoint|status|keygen|public-key`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from governance.ledger.checkpoints import LedgerInconsistent, checkpoint
from governance.ledger.keys import generate_key, public_key
from governance.ledger.lineage import verify_item
from governance.ledger.models import Checkpoint, Outbox
from governance.ledger.nodes import tree_size
from governance.ledger.notes import BadNote
from governance.ledger.sequencing import sequence
from governance.ledger.verify import Problem, verify


class Command(BaseCommand):
    help = "Verify, sequence and sign the ledger; make its key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        check = verbs.add_parser("verify", help="recompute everything; exit code 1 on any fault")
        check.add_argument("--item", type=UUID, help="only the entries of this item")
        check.add_argument(
            "--against",
            type=Path,
            action="append",
            default=[],
            metavar="FILE",
            help="a checkpoint kept elsewhere that the ledger must still agree with",
        )
        verbs.add_parser("sequence", help="give waiting entries their place now")
        verbs.add_parser("checkpoint", help="sign what is sequenced now, and print the note")
        verbs.add_parser("status", help="sizes, and the newest checkpoint")
        verbs.add_parser("keygen", help="make the signing key, once")
        verbs.add_parser("public-key", help="what outsiders check checkpoints with")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['verb'].replace('-', '_')}")(options)

    def _verify(self, options: dict[str, Any]) -> None:
        if options["item"] is not None:
            self._verify_item(options["item"])
            return
        try:
            notes = [path.read_text() for path in options["against"]]
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The checkpoint cannot be read: {error}") from None
        with tqdm(total=_entries(), unit=" entries", unit_scale=True, disable=None) as bar:

            def found(problem: Problem) -> None:
                with tqdm.external_write_mode():
                    self.stderr.write(str(problem))

            def progress(entries: int) -> None:
                bar.update(entries)

            try:
                report = verify(found, witnessed=notes, progress=progress)
            except BadNote as error:
                raise CommandError(f"The checkpoint that you hold: {error}") from None
        self.stdout.write(
            f"{report.entries} entries, {report.sequenced} sequenced, {report.pending} pending, "
            f"{report.checkpoints} checkpoints"
        )
        if report.problems:
            raise CommandError(f"The ledger does not verify; problems: {report.problems}.")
        self.stdout.write("The ledger verifies.")

    def _verify_item(self, item: UUID) -> None:
        entries = verify_item(item)
        if not entries:
            raise CommandError(f"The ledger has no entry of item {item}.")
        for entry in entries:
            index = "-" if entry.index is None else entry.index
            self.stdout.write(
                f"{index}  {entry.id}  {entry.at.isoformat()}  {entry.kind}  {entry.actor}  "
                f"{entry.state}  {'valid' if entry.valid else 'INVALID'}"
            )
        wrong = sum(not entry.valid for entry in entries)
        if wrong:
            raise CommandError(f"{wrong} of {len(entries)} entries are not valid.")

    def _sequence(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"{sequence()} entries sequenced")

    def _checkpoint(self, options: dict[str, Any]) -> None:
        try:
            made = checkpoint()
        except LedgerInconsistent as error:
            raise CommandError(str(error)) from None
        self.stdout.write(made.note if made else "Nothing new to sign.", ending="")

    def _status(self, options: dict[str, Any]) -> None:
        newest = Checkpoint.objects.order_by("-size").first()
        self.stdout.write(f"sequenced: {tree_size()}")
        self.stdout.write(f"waiting: {Outbox.objects.count()}")
        if newest is None:
            self.stdout.write("newest checkpoint: none")
        else:
            self.stdout.write(
                f"newest checkpoint: size {newest.size}, {newest.at.isoformat()}, "
                f"key {newest.key_id}"
            )

    def _keygen(self, options: dict[str, Any]) -> None:
        if not generate_key():
            raise CommandError(
                f"{settings.LEDGER_KEY_FILE} exists; move it away first to change keys."
            )
        self.stdout.write(f"Made {settings.LEDGER_KEY_FILE}; keep a copy apart from the database.")
        self._public_key(options)

    def _public_key(self, options: dict[str, Any]) -> None:
        self.stdout.write(str(public_key()))


def _entries() -> int:
    return tree_size() + Outbox.objects.count()
