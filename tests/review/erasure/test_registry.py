"""No column can hold something of an item without erasure knowing of it."""

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from pgvector.django import HalfVectorField, VectorField

from review.erasure.registry import BLANKED, GONE, KEPT, STORE_WORDS

HOLDS_CONTENT = (
    models.JSONField,
    models.TextField,
    models.CharField,
    models.BinaryField,
    models.FileField,
    ArrayField,
    SearchVectorField,
    HalfVectorField,
    VectorField,
)
MODELS = [one for app in ("review", "governance") for one in apps.get_app_config(app).get_models()]


def name_of(field):
    return f"{field.model._meta.app_label}.{field.model.__name__}.{field.name}"


def content_columns():
    """Columns that can hold anything; of those with choices the contract knows all values."""
    for model in MODELS:
        for field in model._meta.concrete_fields:
            if isinstance(field, HOLDS_CONTENT) and not field.choices:
                yield field


def unlisted(columns):
    gone = {one.model for one in GONE}
    blanked = {f"{one.model._meta.label}.{name}" for one in BLANKED for name in one.values}
    return [
        name_of(column)
        for column in columns
        if column.model not in gone
        and name_of(column) not in blanked
        and name_of(column) not in KEPT
        and name_of(column).rpartition(".")[0] not in KEPT
    ]


def test_every_column_that_can_hold_content_is_listed():
    assert unlisted(content_columns()) == []


def test_a_column_that_nobody_listed_is_found():
    column = models.TextField()
    column.set_attributes_from_name("remark")
    column.model = apps.get_model("review", "Item")
    assert unlisted([column]) == ["review.Item.remark"]


def test_the_lists_name_nothing_that_is_not_there():
    columns = {name_of(field) for model in MODELS for field in model._meta.concrete_fields}
    known = columns | {name.rpartition(".")[0] for name in columns}
    assert [name for name in KEPT if name not in known] == []
    for one in BLANKED:
        assert {f"{one.model._meta.label}.{name}" for name in one.values} <= columns


def test_each_reason_says_something():
    assert all(len(reason) > 5 for reason in KEPT.values())


@pytest.mark.parametrize("one", [*GONE, *BLANKED], ids=lambda one: one.model.__name__)
def test_each_path_leads_to_the_item(one, db):
    assert (
        one.model.objects.filter(**{one.path: "00000000-0000-7000-8000-000000000000"}).count() == 0
    )


def test_a_receipt_has_words_for_every_store():
    counted = {str(one.model._meta.verbose_name_plural) for one in (*GONE, *BLANKED)}
    assert counted | {"files", "saved views"} == set(STORE_WORDS)
