from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.strict_json import MAX_INTEGER, StrictJsonError, loads, property_spans

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values, st.booleans(), st.sampled_from([None, 1]))
def test_sound_document_reads_as_it_was_written(
    value: Any, ascii_only: bool, indent: int | None
) -> None:
    document = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert loads(document.encode(), max_depth=100) == value


@given(st.binary(max_size=60))
def test_any_bytes_give_a_value_or_the_one_error(document: bytes) -> None:
    problem = None
    try:
        value = loads(document)
    except StrictJsonError as error:
        problem = error
    if problem is None:
        json.dumps(value, allow_nan=False).encode()
    else:
        assert 0 <= problem.position <= len(document)
        assert min(problem.line, problem.column) >= 1


@given(st.text(alphabet='{}[]":,\\u0dD8019eE-.NaInfty \n', max_size=40))
def test_whatever_is_accepted_the_standard_parser_reads_the_same(document: str) -> None:
    try:
        value = loads(document)
    except StrictJsonError:
        return
    assert json.loads(document) == value


@pytest.mark.parametrize(
    ("document", "says", "position"),
    [
        (b'{"a": 1, "a": 2}', "same key twice", 9),
        (b'{"x": [{"a": 1}, {"a": 2}], "\\u0078": 1}', "same key twice", 28),
        (b'{"b": {"a": 1, "c": ",{", "a": 2}}', "same key twice", 26),
        (b"[1, NaN]", "NaN", 4),
        (b"[-Infinity]", "NaN", 1),
        (b'{"total": 1e400}', "too large", 10),
        (b"-1e999", "too large", 0),
        (b"[9007199254740992]", "beyond 2\\^53", 1),
        (b"1" * 5000, "beyond 2\\^53", 0),
        (b'"a\\u0000b"', "NUL", 2),
        (b'"a\x00b"', "control character", 2),
        (b'"\\ud800"', "lone surrogate", 1),
        (b'"\\udc00"', "lone surrogate", 1),
        (b'"\\ud83d\\ud83d\\ude00"', "lone surrogate", 1),
        (b'"\xed\xa0\x80"', "not valid UTF-8", 1),
        (b"\xff", "not valid UTF-8", 0),
        (b"\xef\xbb\xbf{}", "byte order mark", 0),
        (b"[" * 100_000, "deeper than 32", 32),
        (b"", "Expecting value", 0),
        (b'{"a": 1,}', "Expecting property name", 8),
        (b"{} x", "Extra data", 3),
    ],
)
def test_doubtful_document_is_one_clear_error_with_its_place(
    document: bytes, says: str, position: int
) -> None:
    with pytest.raises(StrictJsonError, match=says) as caught:
        loads(document)
    if "Expecting property" not in says:
        assert caught.value.position == position


def test_place_is_told_by_line_and_column() -> None:
    with pytest.raises(StrictJsonError) as caught:
        loads(b'{\n  "a": 1,\n  "a": 2\n}')
    assert (caught.value.line, caught.value.column) == (3, 3)


@pytest.mark.parametrize("document", [b'"\\\\u0000"', b'"\\ud83d\\ude00"', b"1e308", b"[]", b"0"])
def test_what_only_looks_doubtful_is_accepted(document: bytes) -> None:
    assert loads(document) == json.loads(document)


def test_size_is_bounded_in_bytes() -> None:
    assert loads('"\u00e9"', max_bytes=4) == "\u00e9"
    with pytest.raises(StrictJsonError, match="larger than 3 bytes"):
        loads('"\u00e9"', max_bytes=3)


def test_values_stay_out_of_the_message() -> None:
    with pytest.raises(StrictJsonError) as caught:
        loads(b'{"iban": "DE89370400440532013000", "iban": "Jane Roe"}')
    assert "DE89" not in str(caught.value)
    assert "Jane" not in str(caught.value)


@pytest.mark.parametrize(
    "document",
    [b"[" * 33 + b'"' + b'\\"' * 900_000, b'"\\u0000' + b'\\"' * 900_000, b"[" + b"1," * 999_990],
)
def test_hostile_documents_cost_no_more_than_long_ones(document: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(StrictJsonError):
        loads(document)
    assert time.monotonic() - began < 10  # a quadratic search would take hours


@given(st.dictionaries(texts, values, max_size=5), st.sampled_from([None, 2]))
def test_spans_cut_out_exactly_the_values(record: dict[str, Any], indent: int | None) -> None:
    document = json.dumps(record, ensure_ascii=False, indent=indent)
    spans = property_spans(document)
    found = {name: json.loads(document[start:end]) for name, (start, end) in spans.items()}
    assert found == record
