"""Words, amounts and ids as the index holds them."""

import pytest
from django.db import connection

from review.finding import terms

pytestmark = pytest.mark.django_db


def matches(text, query, *, weight="B", weights="ABC"):
    """Whether PostgreSQL says that an item with this text is found."""
    made = terms.Terms()
    made.text(text, weight)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s::tsvector @@ %s::tsquery",
            [made.as_tsvector(), terms.as_query(terms.question(query, weights))],
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("The bill is wrong", "bill"),
        ("The bill is wrong", "BIL wro"),
        ("Łódź straße", "lodz strasse"),
        ("Müller", "muller"),
        ("Muller", "Müller"),
        ("INV-2024/0012", "inv-2024/0012"),
        ("INV-2024/0012", "INV20240012"),
        ("INV-2024/0012", "INV-2024"),
        ("DE89 3704 0044 0532 0130 00", "DE89 3704"),
        ("Total 1.234,50 EUR", "1,234.50"),
        ("Total 1,234.50", "1234.5"),
        ("1.234,50€", "1234,50"),
        ("Due 2024-03-01", "1.3.2024"),
        ("O'Brien", "obrien"),
        ("北京大学的发票", "大学"),
        ("Счёт на оплату", "счёт"),
        ("it's 'quoted' \\ back", "quoted back"),
    ],
)
def test_what_is_typed_finds_what_is_there(text, query):
    assert matches(text, query)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("The bill is wrong", "ill"),
        ("The bill is wrong", "bill right"),
        ("Total 1.234,50", "1234.51"),
        ("INV-2024 and 0012", "INV-0012"),
        ("北京大学", "学大"),
    ],
)
def test_what_is_not_there_is_not_found(text, query):
    assert not matches(text, query)


def test_values_of_one_weight_are_left_out_where_they_must_not_tell():
    assert matches("meter", "meter", weight="C")
    assert not matches("meter", "meter", weight="C", weights="AB")


@pytest.mark.parametrize(
    "typed", ["person/automatic", "in/desk", "' | '", "a & !b", ":* \\", "!", ""]
)
def test_nothing_that_is_typed_asks_for_a_facet_or_breaks_the_question(typed):
    made = terms.Terms()
    made.facet("person", "automatic")
    made.facet("in", "desk")
    parts = terms.question(typed, "ABC")
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector", [made.as_tsvector()])
        if parts:
            cursor.execute(
                "SELECT %s::tsvector @@ %s::tsquery", [made.as_tsvector(), terms.as_query(parts)]
            )
            assert cursor.fetchone()[0] is False


def test_a_long_text_stays_within_what_a_tsvector_holds():
    made = terms.Terms()
    for _ in range(50):
        made.text(" ".join(f"word{number}" for number in range(2000)), "B")
    with connection.cursor() as cursor:
        cursor.execute("SELECT length(%s::tsvector)", [made.as_tsvector()])
        assert cursor.fetchone()[0] <= 2 * terms.MAX_WORDS


def test_a_snippet_marks_the_hit_and_says_that_there_is_more():
    text = "before " * 40 + "The Müller bill" + " after" * 40
    parts = terms.snippet(text, "mull")
    assert [part for part, is_hit in parts if is_hit] == ["Müller"]
    assert parts[0][0].startswith("…")
    assert parts[-1][0].endswith("…")
    assert terms.snippet(text, "nothing") == []


@pytest.mark.parametrize(
    "fill",
    [
        lambda made: made.text(";".join(f"a{number}" for number in range(200_000)), "B"),
        lambda made: made.text(" ".join(f"a{number}-b" for number in range(200_000)), "B"),
        lambda made: made.number(10**3000, "B"),
        lambda made: made.number(1e300, "B"),
    ],
    ids=["one piece without end", "pieces without end", "digits without end", "a huge amount"],
)
def test_whatever_an_item_holds_can_be_stored(fill):
    """PostgreSQL refuses a larger vector or word, and the index would stand still at that item."""
    made = terms.Terms()
    fill(made)
    made.text("later", "C")
    with connection.cursor() as cursor:
        cursor.execute("SELECT length(%s::tsvector) <= 3 * %s", [made.as_tsvector(), 5_000])
        assert cursor.fetchone()[0]
