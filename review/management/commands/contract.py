"""`manage.py contract apply|diff|list|show`: the agreements of processes, from YAML files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from governance.catalogue import operations as catalogue
from governance.contracts import operations, queries
from governance.contracts.models import Contract
from governance.contracts.parse import parse
from governance.contracts.problems import ContractError
from review.queues.operations import sync

ACTOR = "system:contract"


class Command(BaseCommand):
    help = "Apply, compare, list and show contracts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        apply = verbs.add_parser("apply", help="make files the versions in force, all or none")
        apply.add_argument("files", nargs="+", type=Path, metavar="FILE")
        diff = verbs.add_parser("diff", help="what applying a file would change")
        diff.add_argument("file", type=Path, metavar="FILE")
        listing = verbs.add_parser("list", help="all versions; * marks those in force")
        listing.add_argument("process", nargs="?")
        show = verbs.add_parser("show", help="a version's text as it was applied")
        show.add_argument("process")
        show.add_argument("--number", type=int, help="default: the version in force")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['verb']}")(options)

    def _apply(self, options: dict[str, Any]) -> None:
        wrong: list[str] = []
        done: list[tuple[Contract, bool]] = []
        with transaction.atomic():
            for file in options["files"]:
                try:
                    done.append(_apply_one(_read(file), str(file)))
                except ContractError as error:
                    wrong += error.lines()
            if wrong:
                transaction.set_rollback(True)
        if wrong:
            raise CommandError("\n".join(["Nothing was applied.", *wrong]))
        if options["verbosity"] > 0:
            for contract, created in done:
                outcome = "applied" if created else "is in force already"
                self.stdout.write(f"{contract} {outcome} ({contract.digest[:12]})")

    def _diff(self, options: dict[str, Any]) -> None:
        file: Path = options["file"]
        try:
            body = parse(
                _read(file),
                filename=str(file),
                providers=settings.PROVIDERS,
                callables=settings.GATE_CALLABLES,
            )
        except ContractError as error:
            raise CommandError("\n".join(["Not a contract.", *error.lines()])) from None
        current = queries.current(body["process"])
        if current is None:
            self.stdout.write(f"{body['process']} is new; this would be its version 1.")
            return
        changes = queries.diff(current.body, body)
        for line in changes or [f"Nothing; {current} says the same."]:
            self.stdout.write(line)

    def _list(self, options: dict[str, Any]) -> None:
        found = list(queries.versions(options["process"]))
        if not found and options["process"]:
            raise CommandError(f"There is no process {options['process']!r}.")
        for one in found:
            mark = "*" if one.process.contract_id == one.pk else " "
            when = one.created_at.strftime("%Y-%m-%d %H:%M")
            self.stdout.write(
                f"{mark} {one.process_id} {one.number} {one.digest[:12]} {when} {one.applied_by}"
            )

    def _show(self, options: dict[str, Any]) -> None:
        slug, number = options["process"], options["number"]
        if number is None:
            contract = queries.current(slug)
        else:
            contract = Contract.objects.filter(process_id=slug, number=number).first()
        if contract is None:
            version = f"version {number}" if number is not None else "contract"
            raise CommandError(f"There is no {version} of a process {slug!r}.")
        self.stdout.write(contract.source, ending="" if contract.source.endswith("\n") else "\n")


def _apply_one(source: str, filename: str) -> tuple[Contract, bool]:
    """Apply, and let queues and champion follow; also for a version in force, which repairs."""
    contract, created = operations.apply(source, filename=filename, actor=ACTOR)
    sync(contract)
    catalogue.follow(contract, actor=ACTOR)
    return contract, created


def _read(file: Path) -> str:
    try:
        return file.read_bytes().removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        raise CommandError(f"{file}:{line}: is not UTF-8") from None
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None
