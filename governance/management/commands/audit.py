"""`manage.py audit export|open|verify|witness`: what auditors get, without the pages."""

from argparse import ArgumentParser
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone
from tqdm import tqdm

from governance.audit import bundle, exporting, verifying
from governance.audit import witness as witnesses
from governance.audit.bundle import Scope
from governance.contracts.models import Process
from governance.errors import DomainError
from governance.ledger.checkpoints import LedgerInconsistent

ACTOR = "system:audit"


class Command(BaseCommand):
    help = "Export bundles for auditors, open leaves for them, verify and witness now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        export = verbs.add_parser("export", help="write a bundle")
        export.add_argument("--process", help="only this process; all where it is left out")
        export.add_argument("--since", type=instant, help="a day or an instant, UTC")
        export.add_argument("--until", type=instant, help="a day or an instant, exclusive")
        export.add_argument("--out", type=Path, required=True, help="the .zip to write")
        opened = verbs.add_parser("open", help="print the entries of leaves, for --opened")
        opened.add_argument("index", type=int, nargs="+")
        verbs.add_parser("verify", help="verify the whole ledger now, and keep the result")
        verbs.add_parser("witness", help="hand checkpoints to the witnesses now")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['verb']}")(options)

    def _export(self, options: dict[str, Any]) -> None:
        scope = Scope(options["process"], options["since"], options["until"])
        if scope.process and not Process.objects.filter(pk=scope.process).exists():
            raise CommandError(f"There is no process {scope.process}.")
        if scope.since and scope.until and scope.until <= scope.since:
            raise CommandError("The period ends before it begins.")
        try:
            size = exporting.seal()
            with tqdm(total=size, unit=" leaves", unit_scale=True, disable=None) as bar:

                def progress(leaves: int) -> None:
                    bar.update(leaves - bar.n)

                made = bundle.write(
                    options["out"],
                    scope,
                    actor=ACTOR,
                    now=timezone.now(),
                    size=size,
                    progress=progress,
                )
        except (OSError, DomainError, ImproperlyConfigured, LedgerInconsistent) as error:
            raise CommandError(str(error)) from None
        with transaction.atomic():
            exporting.exported(scope, made, actor=ACTOR)
        self.stdout.write(f"{options['out']}: {made.entries} entries, {made.size} leaves")
        self.stdout.write(f"manifest SHA-256 {made.manifest_digest}")

    def _open(self, options: dict[str, Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT e.id, e.at, e.item, e.process, e.actor, e.kind, e.data::text"
                " FROM governance_leaf l JOIN governance_entry e ON e.id = l.entry"
                " WHERE l.index = ANY(%s) ORDER BY l.index",
                [options["index"]],
            )
            for row in cursor.fetchall():
                self.stdout.write(bundle.entry_line(row).decode(), ending="")

    def _verify(self, options: dict[str, Any]) -> None:
        try:
            run = verifying.verify_now(actor=ACTOR)
        except DomainError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{run.entries} entries, {run.checkpoints} checkpoints")
        for problem in run.first_problems:
            self.stderr.write(problem)
        if run.problems or run.error:
            raise CommandError(run.error or f"The ledger does not verify: {run.problems} problems.")
        self.stdout.write("The ledger verifies.")

    def _witness(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"{witnesses.witness()} checkpoints acknowledged")
        for one in witnesses.standings():
            if one.failing is not None:
                raise CommandError(f"{one.label}: {one.failing.error}")


def instant(text: str) -> datetime:
    """A day as its first instant, or an instant; in UTC where none is named."""
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
