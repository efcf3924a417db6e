"""The verifier's RFC 8785 is the ledger's, byte for byte, written a second time."""

import json
import math

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from governance.ledger.canonical import canonical_data, stored_data
from governance.ledger.offline.verify_countersign import canonical, read_canonical

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_it_writes_what_the_ledger_writes(data):
    text = canonical_data(data)
    assert canonical(data) == text
    assert canonical(read_canonical(text)) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_as_ecmascript_does(value):
    assert canonical(value).encode() == rfc8785.dumps(value)


@given(st.floats(1e15, 1e30))
def test_large_whole_numbers_are_read_as_the_ledger_stores_them(value):
    text = stored_data(json.dumps({"n": float(int(value))}))
    assert canonical(read_canonical(text)) == text


@given(st.dictionaries(TEXT, VALUES, min_size=1, max_size=4), st.data())
def test_any_other_way_to_write_the_same_is_refused(data, draw):
    text = canonical_data(data)
    spaced = json.dumps(data, ensure_ascii=draw.draw(st.booleans()))
    if spaced == text:
        return
    with pytest.raises(ValueError):
        read_canonical(spaced)


@pytest.mark.parametrize(
    "text",
    [
        *('{"a":1,"a":1}', '{"a":1.0}', '{"a":-0}', '{"a":-0.0}', '{"a":1e2}', '{"a":1E-7}'),
        *('{"b":1,"a":2}', '{"a": 1}', '{"a":1} ', ' {"a":1}', '{"a":"\\u0041"}', '{"a":"\\/"}'),
        *('{"a":NaN}', '{"a":Infinity}', '{"a":"\\ud800"}', '{"a":10000000000000001}', ""),
        *('{"a":01}', '{"a":0.10}', '{"\U0001f600":1,"\ue000":2}'[::1], "[" * 5000 + "]" * 5000),
    ],
)
def test_what_is_not_canonical_is_refused(text):
    if text.startswith('{"\U0001f600"'):
        assert read_canonical(text)  # by UTF-16 the emoji sorts first
        text = '{"\ue000":2,"\U0001f600":1}'
    with pytest.raises(ValueError):
        read_canonical(text)


@pytest.mark.parametrize("value", [math.nan, math.inf, object(), "\ud800"])
def test_what_has_no_form_is_refused(value):
    with pytest.raises(ValueError):
        canonical(value)
