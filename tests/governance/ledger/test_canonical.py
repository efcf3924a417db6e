"""The fast way writes what rfc8785 writes, and what is stored comes back with the same hash."""

import enum
import math
from collections import OrderedDict

import pytest
import rfc8785
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from governance.ledger.canonical import (
    LARGEST_INTEGER,
    MAX_DEPTH,
    NotCanonical,
    body,
    canonical_data,
    stored_data,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
# Keys where code points and UTF-16 units sort differently.
KEYS = TEXT | st.sampled_from(["\U00010000", "\ue000", "\uffff", "\u00e9", "a", "A", "10", "9"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([1e16, 1e15 + 0.5, 1e21, 1e22, 1e-4, 9.9e-5, 1e-6, 1e-7, 5e-324, -0.0, 1e300])
    | TEXT
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
DATA = st.dictionaries(KEYS, VALUES, max_size=5)


@given(DATA)
@settings(max_examples=300, deadline=None)
@example({"text": 'quote " back \\ slash / \b\f\n\r\t \x1f \x7f \u2028 \U0001f600'})
@example({"text": "a backslash and \\u0000 spelled out"})
@example({"\U00010000": 1, "\uffff": 2})
def test_the_canonical_form_is_that_of_rfc8785(data):
    assert canonical_data(data) == rfc8785.dumps(data).decode()


@given(
    st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(10**17), 10**17).map(float)
    | st.tuples(st.integers(-(10**9), 10**9), st.integers(-320, 308)).map(
        lambda parts: float(f"{parts[0]}e{parts[1] - 9}")
    )
)
@settings(max_examples=500, deadline=None)
@example(1.0)
@example(1e15 + 0.5)
@example(9.9e-5)
@example(-1e-5)
@example(1e-4)
@example(1e16)
@example(1e21)
@example(-0.0)
def test_a_number_alone_is_written_as_rfc8785_writes_it(number):
    assert canonical_data({"n": number}) == rfc8785.dumps({"n": number}).decode()


@given(DATA, TEXT, TEXT, st.none() | TEXT)
@settings(max_examples=50, deadline=None)
def test_the_hashed_body_is_the_canonical_form_of_the_entry(data, actor, kind, process):
    fields = {
        "id": "0190d2f0-0000-7000-8000-000000000000",
        "at": "2026-03-01T09:30:00.000000Z",
        "item": None,
        "process": process,
        "actor": actor,
        "kind": kind,
    }
    expected = rfc8785.dumps({**fields, "data": data})
    assert body(**fields, data=canonical_data(data)) == expected


@pytest.mark.django_db
@given(st.lists(DATA, max_size=20))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_jsonb_gives_back_has_the_same_canonical_form(several):
    written = [canonical_data(data) for data in several]
    with connection.cursor() as cursor:
        cursor.execute("SELECT (t::jsonb)::text FROM unnest(%s::text[]) AS t", [written])
        assert [stored_data(row[0]) for row in cursor.fetchall()] == written


@pytest.mark.parametrize("number", [10**16 + 1, 10**300 + 1, -(2**53) - 1])
def test_a_stored_integer_that_no_float_equals_is_refused(number):
    with pytest.raises(NotCanonical, match="not one that the ledger stores"):
        stored_data(f'{{"n": {number}}}')


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


def test_subclasses_are_written_as_their_plain_value():
    data = OrderedDict(b=(Colour.RED, Level.HIGH), a={Colour.RED: True})
    assert canonical_data(data) == '{"a":{"red":true},"b":["red",3]}'


def nested(depth: int) -> dict:
    value: dict = {}
    for _ in range(depth):
        value = {"in": [value]}
    return value


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"a": {"n": math.nan}}, "data.a.n is nan"),
        ({"n": [0.5, -math.inf]}, r"data.n\[1\] is -inf"),
        ({"n": 2**53}, "data.n is an integer beyond 2"),
        ({"n": -(2**53)}, "data.n is an integer beyond 2"),
        ({"a": {1: "one"}}, "data.a has the key 1, which is not text"),
        ({"a": "b\x00c"}, "data.a holds a NUL"),
        ({"a\x00": 1}, "holds a NUL"),
        ({"a": "\ud800"}, "half a surrogate pair"),
        ({"\udfff": 1}, "half a surrogate pair"),
        ({"a": {1, 2}}, "data.a is a set"),
        ({"a": b"x"}, "data.a is a bytes"),
        (nested(60), f"nested deeper than {MAX_DEPTH}"),
        (nested(50_000), f"nested deeper than {MAX_DEPTH}"),
    ],
)
def test_what_cannot_be_kept_faithfully_is_refused_with_its_place(data, reason):
    with pytest.raises(ValueError, match=reason):
        canonical_data(data)
