"""Rows gives what the ORM gives; the fast paths rest on that."""

import pytest
from django.db import connection
from django.forms.models import model_to_dict

from governance.rows import Rows
from review.models import Candidate, Decision, Item, Task
from tests import factories

pytestmark = pytest.mark.django_db


def read(model, pk):
    rows = Rows(model, "x")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {rows.columns} FROM {model._meta.db_table} x WHERE id = %s", [pk])
        return rows.read(cursor.fetchone())


def values(instance):
    return {field.attname: getattr(instance, field.attname) for field in instance._meta.fields}


@pytest.fixture
def task():
    return factories.make_task(factories.make_process())


@pytest.mark.parametrize("model", [Task, Item, Candidate])
def test_a_row_reads_as_the_orm_reads_it(task, model):
    expected = model.objects.first()
    found = read(model, expected.pk)
    assert values(found) == values(expected)
    assert found == expected
    assert not found._state.adding


def test_an_inserted_row_is_what_the_orm_would_have_stored(task):
    before = Candidate.objects.get()
    call = before.call
    before.delete()
    copy = Candidate(
        item=task.item,
        call=call,
        output={"category": "bill"},
        confidence={"category": None},
        sources={},
    )
    Rows(Candidate, "c").insert([copy])
    stored = Candidate.objects.get()
    assert values(stored) == values(copy)
    assert stored.created_at is not None
    assert model_to_dict(stored)["output"] == {"category": "bill"}


def test_inserting_nothing_asks_nothing(task, django_assert_num_queries):
    with django_assert_num_queries(0):
        Rows(Decision, "d").insert([])


def test_update_stores_the_named_fields_alone(task):
    item = task.item
    item.state, item.segment = Item.State.DECIDED, "elsewhere"
    Rows(Item, "i").update(item, "state")
    item.refresh_from_db()
    assert (item.state, item.segment) == (Item.State.DECIDED, "default")
