"""A database of the races' own: they commit, and the ledger lets nothing be taken back."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

from governance.contracts.models import Process
from governance.models import User
from governance.roles.roles import Role
from review.models import Effect, Queue
from tests import factories
from tests.other_database import other_database

NAME = "countersign_races"
_numbers = count()


@pytest.fixture(scope="session")
def race_database(migrated, django_db_blocker) -> Iterator[str]:
    with django_db_blocker.unblock():
        _execute(f"DROP DATABASE IF EXISTS {NAME}", f"CREATE DATABASE {NAME} TEMPLATE {migrated}")
    yield NAME
    with django_db_blocker.unblock():
        _execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def _execute(*statements: str) -> None:
    """Statements that no transaction may hold, beside the suite's own database."""
    with connection._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def race(race_database, django_db_blocker, settings, tmp_path) -> Iterator[None]:
    settings.EFFECT_FILE_ROOT = tmp_path
    with django_db_blocker.unblock(), other_database(NAME=race_database):
        yield


@dataclass(frozen=True)
class Desk:
    """A process of one test's own, with its people."""

    process: Process
    operator: User
    colleague: User
    lead: User
    file: Path

    def queue(self, name: str = "desk") -> Queue:
        return Queue.objects.get(process=self.process, name=name)

    def effects(self, item_id: UUID, *states: str) -> list[Effect]:
        found = Effect.objects.filter(item=item_id)
        return list((found.filter(state__in=states) if states else found).order_by("pk"))

    def written(self, ticket: str | None) -> list[str]:
        """What the file connector has applied for a ticket, in order: a category, or `undo`."""
        if not self.file.exists():
            return []
        bodies = [json.loads(line)["body"] for line in self.file.read_text().splitlines()]
        of_ticket = [body for body in bodies if body["ticket"] == ticket]
        return ["undo" if "undo" in body else body["category"] for body in of_ticket]


@pytest.fixture
def desk(race, tmp_path) -> Desk:
    """At stage assisted, with effects that are due as soon as something is decided."""
    slug = f"race-{next(_numbers)}"
    process = factories.make_process(slug, undo_window=0)
    both = (Role.OPERATOR, Role.SENIOR_REVIEWER)
    return Desk(
        process=process,
        operator=factories.make_person(f"{slug}-operator", process, *both),
        colleague=factories.make_person(f"{slug}-colleague", process, *both),
        lead=factories.make_person(f"{slug}-lead", process, Role.TEAM_LEAD),
        file=tmp_path / "tickets.jsonl",
    )
