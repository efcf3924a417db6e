"""A migrated database that no test has touched, for whoever needs one more: a copy is made in a
moment, migrating takes two seconds."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection

from tests.other_database import other_database

MIGRATED = "countersign_migrated"


@pytest.fixture(scope="session")
def migrated() -> str:
    """The name of a database to give as TEMPLATE."""
    return MIGRATED


@pytest.fixture(scope="session", autouse=True)
def _migrated_is_kept(request) -> Iterator[None]:
    """Made before the first test runs, and only where some test asks for it."""
    if not any("migrated" in getattr(one, "fixturenames", ()) for one in request.session.items):
        yield
        return
    before = connection.settings_dict["NAME"]
    request.getfixturevalue("django_db_setup")
    source = connection.settings_dict["NAME"]
    with request.getfixturevalue("django_db_blocker").unblock():
        _execute(f"DROP DATABASE IF EXISTS {MIGRATED}")
        if source == before:  # no test of this run needs the suite's own, so there is none
            _execute(f"CREATE DATABASE {MIGRATED}")
            with other_database(NAME=MIGRATED):
                call_command("migrate", verbosity=0, skip_checks=True)
        else:
            connection.close()  # a database is copied only while nobody is connected to it
            _execute(f"CREATE DATABASE {MIGRATED} TEMPLATE {source}")
    yield
    with request.getfixturevalue("django_db_blocker").unblock():
        _execute(f"DROP DATABASE IF EXISTS {MIGRATED}")


def _execute(*statements: str) -> None:
    with connection._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
