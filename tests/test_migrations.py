"""The squashed migrations beside the old ones that they stand for; both go with the old ones."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from pgvector.django import VectorExtension

from tests.catalogue import catalogue, differences, rows
from tests.other_database import other_database

NAME = "countersign_old"
SQUASHED = [
    ("governance", "0001_squashed_0024_vault"),
    ("review", "0001_squashed_0028_vault"),
]
# One that ended between the two: governance is behind what the next ones of review need.
MIDDLE = [("governance", "0010_audit"), ("review", "0015_approvals_notices")]

Database = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def database(django_db_blocker) -> Iterator[Database]:
    """Make this test's database from a template and talk to it for a while."""

    @contextmanager
    def made(template: str) -> Iterator[None]:
        _execute(f"CREATE DATABASE {NAME} TEMPLATE {template}")
        with other_database(NAME=NAME):
            yield

    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        stack.callback(ContentType.objects.clear_cache)  # another database numbers them otherwise
        _execute(f"DROP DATABASE IF EXISTS {NAME}")
        stack.callback(_execute, f"DROP DATABASE IF EXISTS {NAME}")
        yield made


def _execute(statement: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)


def _recorded() -> set[tuple[str, str]]:
    return set(MigrationRecorder(connection).applied_migrations())


def test_a_database_in_the_middle_goes_on_with_the_old_ones_to_the_same_end(migrated, database):
    with other_database(NAME=migrated):
        wanted, wanted_rows = catalogue(), rows()
    with database("template1"):
        old = MigrationExecutor(connection)
        old.loader.replace_migrations = False
        old.loader.build_graph()
        old.migrate(MIDDLE)
        assert set(MIDDLE) <= _recorded()
        assert not _recorded() & set(SQUASHED)
        assert catalogue()["triggers"] != wanted["triggers"]

        call_command("migrate", verbosity=0, skip_checks=True)
        assert set(SQUASHED) <= _recorded()
        assert differences(catalogue(), wanted) == []
        assert rows() == wanted_rows


def test_a_database_at_the_old_end_takes_the_squashed_ones_as_done(migrated, database):
    with database(migrated):
        before = catalogue()
        recorder = MigrationRecorder(connection)
        recorder.migration_qs.filter(app__in=[app for app, _ in SQUASHED]).delete()
        for (app, name), migration in MigrationLoader(None).disk_migrations.items():
            if app in dict(SQUASHED) and not migration.replaces:
                recorder.record_applied(app, name)
        executor = MigrationExecutor(connection)
        assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []

        call_command("migrate", verbosity=0, skip_checks=True)
        assert set(SQUASHED) <= _recorded()
        assert differences(catalogue(), before) == []


def test_the_squashed_ones_go_backwards_without_a_trace_and_come_again(database, monkeypatch):
    # An extension is its owner's to drop, who is not the owner of the database.
    monkeypatch.setattr(VectorExtension, "database_backwards", lambda *args: None)
    with database("template1"):
        MigrationExecutor(connection).migrate(SQUASHED)
        before = catalogue()
        MigrationExecutor(connection).migrate([(app, None) for app, _ in reversed(SQUASHED)])
        left = catalogue()
        assert not _recorded() & set(SQUASHED)
        assert not [one for one in left["relations"] if "governance_" in one or "review_" in one]
        assert all("pgtrigger" in one for one in left["functions"])

        MigrationExecutor(connection).migrate(SQUASHED)
        assert differences(catalogue(), before) == []
