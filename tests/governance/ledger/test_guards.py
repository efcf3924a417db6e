"""The record is append-only for whoever asks: the owner, the application, a replica's role."""

import os
from contextlib import contextmanager

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from governance.ledger.checkpoints import checkpoint
from governance.ledger.grants import APP_ROLE, GUARDED_TABLES, grant_rights
from governance.ledger.models import Entry, Outbox
from governance.ledger.operations import append
from governance.ledger.sequencing import sequence
from tests.governance.ledger.conftest import problems

VERBS = {
    "UPDATE": "UPDATE {} SET hash = hash",
    "UPDATE of no row": "UPDATE {} SET hash = hash WHERE false",
    "DELETE": "DELETE FROM {}",
    "TRUNCATE": "TRUNCATE {}",
    "TRUNCATE CASCADE": "TRUNCATE {} CASCADE",
    "MERGE": "MERGE INTO {0} t USING {0} s ON t.hash = s.hash WHEN MATCHED THEN DELETE",
    "MERGE that updates": "MERGE INTO {0} t USING {0} s ON t.hash = s.hash"
    " WHEN MATCHED THEN UPDATE SET hash = s.hash",
    "WITH": "WITH gone AS (DELETE FROM {} RETURNING hash) SELECT count(*) FROM gone",
}


def statement(verb: str, table: str) -> str:
    text = VERBS[verb].format(table)
    return text.replace("hash", "root") if table == "governance_checkpoint" else text


@contextmanager
def application_role():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {APP_ROLE}")
            grant_rights()
        cursor.execute(f"SET ROLE {APP_ROLE}")
        yield cursor
        cursor.execute("RESET ROLE")


@pytest.mark.django_db
@pytest.mark.parametrize("table", GUARDED_TABLES)
@pytest.mark.parametrize("verb", VERBS)
def test_the_owner_is_refused(ledger, table, verb):
    with connection.cursor() as cursor:
        with pytest.raises(IntegrityError, match=f"{table} is append-only"):
            with transaction.atomic():
                cursor.execute(statement(verb, table))


@pytest.mark.django_db
@pytest.mark.parametrize("table", GUARDED_TABLES)
@pytest.mark.parametrize("verb", VERBS)
def test_the_application_has_no_right_to_it(ledger, table, verb):
    with application_role() as cursor:
        with pytest.raises(ProgrammingError, match="permission denied"):
            with transaction.atomic():
                cursor.execute(statement(verb, table))


@pytest.mark.django_db
@pytest.mark.parametrize("table", GUARDED_TABLES)
@pytest.mark.parametrize(
    "way",
    [
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "ALTER TABLE {} DISABLE TRIGGER append_only",
        "ALTER TABLE {} DISABLE RULE x",
        "ALTER TABLE {} RENAME TO other",
        "ALTER TABLE {} DROP COLUMN hash",
        "ALTER TABLE {} OWNER TO CURRENT_USER",
        "ALTER TABLE {} ENABLE ROW LEVEL SECURITY",
        "CREATE RULE x AS ON INSERT TO {} DO INSTEAD NOTHING",
        "DROP TRIGGER append_only ON {}",
        "DROP TABLE {}",
    ],
)
def test_the_application_cannot_take_the_guards_away(ledger, table, way):
    with application_role() as cursor:
        with pytest.raises(ProgrammingError, match="must be owner"):
            with transaction.atomic():
                cursor.execute(way.format(table))


@pytest.mark.django_db
@pytest.mark.parametrize("table", GUARDED_TABLES)
def test_the_application_cannot_hang_a_trigger_of_its_own_before_the_guards(ledger, table):
    with application_role() as cursor:
        with pytest.raises(ProgrammingError, match="permission denied"):
            with transaction.atomic():
                cursor.execute(
                    f"CREATE TRIGGER a BEFORE INSERT ON {table} FOR EACH ROW"
                    " EXECUTE FUNCTION governance_refuse_change()"
                )


@pytest.mark.django_db
def test_the_application_cannot_replace_the_guards_function_nor_its_own_rights(ledger):
    with application_role() as cursor:
        for way, refusal in (
            ("DROP FUNCTION governance_refuse_change() CASCADE", "must be owner"),
            ("ALTER FUNCTION governance_refuse_change() RENAME TO other", "must be owner"),
            ("SET session_replication_role = replica", "permission denied"),
        ):
            with pytest.raises(ProgrammingError, match=refusal), transaction.atomic():
                cursor.execute(way)
        cursor.execute("GRANT UPDATE ON governance_entry TO CURRENT_USER")  # only warns
        assert not may("UPDATE")


def copy_over(cursor, entry):
    into = "COPY governance_entry (id, at, actor, kind, data, hash) FROM STDIN"
    with connection.wrap_database_errors, cursor.copy(into) as copy:
        copy.write_row((entry.pk, entry.at, "system:x", "x", "{}", b"x"))


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["owner", "application"])
def test_rows_that_are_there_cannot_be_written_over_by_copy_or_upsert(ledger, role):
    before = list(Entry.objects.order_by("pk").values())
    entry = Entry.objects.order_by("pk")[0]
    with application_role() if role == "application" else connection.cursor() as cursor:
        with pytest.raises(IntegrityError, match="duplicate key"), transaction.atomic():
            copy_over(cursor, entry)
        refusal = "append-only|permission denied"
        refused = pytest.raises((IntegrityError, ProgrammingError), match=refusal)
        with refused, transaction.atomic():
            cursor.execute(
                "INSERT INTO governance_entry (id, at, actor, kind, data, hash)"
                " VALUES (%s, now(), 'system:x', 'x', '{}', 'x')"
                " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind",
                [entry.pk],
            )
    assert list(Entry.objects.order_by("pk").values()) == before


@pytest.mark.django_db
def test_the_application_can_append_sequence_sign_and_read(ledger):
    with application_role():
        append("decision.made", actor="system:test", data={})
        assert sequence() == 3
        assert checkpoint() is not None
        assert Entry.objects.count() == 16
        assert Outbox.objects.count() == 0
        assert problems() == []


@pytest.mark.django_db
@pytest.mark.parametrize("table", GUARDED_TABLES)
@pytest.mark.parametrize("verb", VERBS)
def test_replica_mode_is_no_way_around(db, services, table, verb):
    """Ordinary triggers are silent under session_replication_role; a superuser may set that."""
    settings = connection.settings_dict
    if services.postgres is None and "SUPERUSER_URL" not in os.environ:
        pytest.skip("needs a superuser: set SUPERUSER_URL, or leave DATABASE_URL to the suite")
    address = os.environ.get("SUPERUSER_URL") or psycopg.conninfo.make_conninfo(
        host=settings["HOST"], port=settings["PORT"], user="postgres"
    )
    with psycopg.connect(address, dbname=settings["NAME"]) as superuser:
        superuser.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
            superuser.execute(statement(verb, table))


@pytest.mark.django_db(transaction=True)
def test_transactional_tests_start_with_an_empty_ledger_again_a(ledger):
    assert Entry.objects.count() == 15


@pytest.mark.django_db(transaction=True)
def test_transactional_tests_start_with_an_empty_ledger_again_b(write):
    assert Entry.objects.count() == 0
    write(1)
    with pytest.raises(IntegrityError, match="append-only"):
        Entry.objects.all().delete()


def may(verb: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'governance_entry', %s)", [APP_ROLE, verb])
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_a_role_that_may_not_grant_says_so_in_one_line_and_changes_nothing(caplog):
    with application_role():
        grant_rights()
    assert [record.getMessage() for record in caplog.records] == [
        f"Rights of the role {APP_ROLE} were not set: the ledger's tables belong to "
        f"{connection.settings_dict['USER']}, not to {APP_ROLE}."
    ]
    assert may("INSERT")
    assert not may("UPDATE")


@pytest.mark.django_db
def test_rights_once_given_by_mistake_are_taken_back_by_the_next_migrate():
    with application_role() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"GRANT UPDATE, DELETE, TRUNCATE ON governance_entry TO {APP_ROLE}")
        assert may("UPDATE")
        grant_rights()
    assert not any(may(verb) for verb in ["UPDATE", "DELETE", "TRUNCATE"])
    assert may("SELECT")


@pytest.mark.django_db
def test_an_application_role_that_owns_the_tables_is_warned_of(caplog):
    with application_role() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"GRANT CREATE ON SCHEMA public TO {APP_ROLE}")
        cursor.execute(f"ALTER TABLE governance_entry OWNER TO {APP_ROLE}")
        grant_rights()
    assert "could switch their guards off" in caplog.text


@pytest.mark.django_db
def test_a_missing_role_is_no_error(monkeypatch, caplog):
    monkeypatch.setattr("governance.ledger.grants.APP_ROLE", "nobody_of_that_name")
    grant_rights()
    assert caplog.records == []
