"""An entry is written with what it records, in one statement, or not at all."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError

from governance.ledger import operations
from governance.ledger.models import Entry, Outbox
from governance.ledger.operations import Event, append, append_bulk, append_many
from tests.governance.ledger.conftest import problems

EVENT = Event(kind="task.claimed", actor="system:test", data={})


@pytest.mark.django_db
def test_appending_is_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        append_many([EVENT] * 10)
    with django_assert_num_queries(1):
        append("task.claimed", actor="system:test", data={})
    assert Entry.objects.count() == Outbox.objects.count() == 11


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 1, 49, 50, 300])
@pytest.mark.parametrize("way", [append_many, append_bulk])
def test_both_ways_write_the_same(way, count):
    item, actor = uuid4(), f"user:{uuid4()}"
    events = [
        Event("item.received", {"n": n, "t": "tab\t\\N é"}, actor, item, "customer-triage")
        for n in range(count)
    ]
    identifiers = way(events)
    rows = list(Entry.objects.order_by("id"))
    assert [row.id for row in rows] == identifiers
    assert [row.data for row in rows] == [event.data for event in events]
    assert all((row.item, row.actor) == (item, actor) for row in rows)
    assert all((row.kind, row.process) == ("item.received", "customer-triage") for row in rows)
    waiting = list(Outbox.objects.order_by("id").values_list("entry", flat=True))
    assert waiting == identifiers
    assert problems() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", [append_many, append_bulk])
def test_outside_a_transaction_nothing_is_written(way):
    with pytest.raises(TransactionManagementError, match="inside atomic"):
        way([EVENT])
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_business_change_that_fails_takes_its_entry_with_it():
    with transaction.atomic():
        append_many([EVENT])
        transaction.set_rollback(True)
    assert not Entry.objects.exists()
    assert not Outbox.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (Event("task.claimed", {"n": float("inf")}, "system:x"), "task.claimed: data.n is inf"),
        (Event("task.claimed", {}, "somebody"), "actor 'somebody' is not user:"),
        (Event("task.claimed", {}, "user:" + "x" * 200), "is not user:"),
        (Event("k" * 61, {}, "system:x"), "at most 60"),
        (Event("k" * 60 + " ", {}, "system:x"), "at most 60"),
        (Event("", {}, "system:x"), "at most 60"),
        (Event("kind", {}, "system:x", None, "p" * 60 + "  "), "at most 60"),
    ],
)
@pytest.mark.parametrize("way", [append_many, append_bulk])
def test_an_event_that_would_not_survive_storage_is_refused(way, event, reason):
    with pytest.raises(ValueError, match=reason):
        way([EVENT, event])
    assert not Entry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("way", [append_many, append_bulk])
def test_what_the_database_refuses_is_a_django_error(way):
    with pytest.raises(DatabaseError), transaction.atomic():
        way([Event("task.claimed", {}, "system:x", process="p" * 60, item="not-a-uuid")])


@pytest.mark.django_db
def test_copy_is_chosen_for_many(monkeypatch):
    chosen = []
    monkeypatch.setattr(operations, "append_bulk", lambda events: chosen.append(len(events)))
    append_many([EVENT] * 49)
    append_many([EVENT] * 50)
    assert chosen == [50]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM governance_outbox")
        assert cursor.fetchone() == (49,)
