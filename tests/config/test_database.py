"""`DATABASE_URL` as settings."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from config.database import from_url


def test_a_socket_directory_and_other_options_reach_the_driver():
    found = from_url("postgresql://app@/countersign?host=/run/pg&sslmode=require")
    assert (found["HOST"], found["USER"], found["NAME"]) == ("/run/pg", "app", "countersign")
    assert found["OPTIONS"]["sslmode"] == "require"


@pytest.mark.parametrize(("text", "expected"), [("", 5), ("?prepare_threshold=0", 0)])
def test_statements_are_prepared_after_some_uses(text, expected):
    assert from_url(f"postgresql://app@db/name{text}")["OPTIONS"]["prepare_threshold"] == expected


def test_a_pooler_can_do_without_prepared_statements():
    found = from_url("postgresql://app@db/name?prepare_threshold=none")
    assert found["OPTIONS"]["prepare_threshold"] is None


@pytest.mark.parametrize(
    "url", ["mysql://db/name", "postgresql://db/", "postgresql://db/name?prepare_threshold=often"]
)
def test_what_is_no_address_stops_the_start(url):
    with pytest.raises(ImproperlyConfigured):
        from_url(url)


@pytest.mark.django_db
def test_a_statement_used_often_is_planned_once():
    with connection.cursor() as cursor:
        for number in range(8):
            cursor.execute("SELECT %s::int AS planned_once", [number])
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s",
            ["%planned_once%"],
        )
        assert cursor.fetchone()[0] == 1
