from __future__ import annotations

import base64
import io
import json
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.importers import (
    FileProblem,
    Limits,
    Rejects,
    RowError,
    cast_row,
    open_rows,
    read_csv,
    read_jsonl,
)


def table(content: bytes, **options: Any) -> list[Any]:
    return list(read_csv(io.BytesIO(content), **options))


def records(content: bytes, **options: Any) -> list[Any]:
    return list(read_jsonl(io.BytesIO(content), **options))


def test_rows_carry_the_line_they_begin_on() -> None:
    content = b'\xef\xbb\xbfid,text\r\n1,"two\nlines"\r\n\r\n2,"say ""hi"""\n3,5" pipe'
    assert table(content) == [
        (2, {"id": "1", "text": "two\nlines"}),
        (5, {"id": "2", "text": 'say "hi"'}),
        (6, {"id": "3", "text": '5" pipe'}),
    ]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_delimiters_are_found_from_the_header(mark: str) -> None:
    assert table(f"a{mark}b\n1{mark}2,5\n".encode()) == [(2, {"a": "1", "b": "2,5"})]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n \n".replace(b" ", b""), "empty"),
        (b"a,b,a\n", "'a' more than once"),
        (b"a,,c\n", "Column 2 of the header has no name"),
        (b"a\xff,b\n", "not valid UTF-8"),
        (b"a\x00,b\n", "NUL"),
        ("a,b\n".encode("utf-16"), "UTF-16"),
        (b'"a,b\n1,2\n', "header cannot be read"),
        (b"," * 999_999 + b"\n", "1000000 columns; at most 500"),
        (",".join(map(str, range(1_000_000))).encode(), "header cannot be read: a line is longer"),
    ],
)
def test_unusable_file_is_one_clear_problem_and_quick(content: bytes, says: str) -> None:
    began = time.monotonic()
    with pytest.raises(FileProblem, match=says):
        table(content)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (b"only one\n", "has 1 fields, the header 2"),
        (b"1,2,3\n", "has 3 fields"),
        (b"," * 100_000 + b"\n", "has 100001 fields"),
        (b"\xff\xfe,2\n", "a is not valid UTF-8"),
        (b"x\x00,2\n", "a holds a NUL byte"),
        (b"1," + b"y" * 60_000 + b"\n", "b is longer than 50000 characters"),
        (b'"a"b,2\n', "text follows a closing quote"),
        (b"z" * 200_000 + b",1\n", "line is longer than 150000 bytes"),
    ],
)
def test_bad_row_costs_only_itself_and_keeps_its_bytes(bad: bytes, says: str) -> None:
    limits = Limits(line_bytes=150_000, field_characters=50_000)
    first, error, last = table(b"a,b\n1,2\n" + bad + b"3,4\n", limits=limits)
    assert first == (2, {"a": "1", "b": "2"})
    assert last == (4, {"a": "3", "b": "4"})
    assert error[0] == 3
    assert says in error[1].reason
    assert bad.startswith(error[1].raw)
    assert len(error[1].raw) + error[1].missing_bytes == len(bad)


def test_unclosed_quote_cannot_swallow_the_whole_file() -> None:
    limits = Limits(record_bytes=10_000)
    rows = table(b'a,b\n"1,2\n' + b"3,4\n" * 10_000, limits=limits)
    assert isinstance(rows[0][1], RowError)
    assert "closing quote may be missing" in rows[0][1].reason
    good = [row for _, row in rows[1:]]
    assert len(good) > 7_000
    assert all(row == {"a": "3", "b": "4"} for row in good)
    assert rows[0][1].raw.count(b"3,4\n") + len(good) == 10_000, "every line is somewhere"


def test_unclosed_quote_at_the_end_is_told() -> None:
    [(number, error)] = table(b'a,b\n"1,2\n')
    assert (number, error.reason) == (2, "a quoted field is not closed")


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)


@given(st.lists(st.tuples(cells, cells), max_size=6))
def test_quoted_table_comes_back_as_it_was(rows: list[tuple[str, str]]) -> None:
    quoted = ['"{}","{}"'.format(*(cell.replace('"', '""') for cell in row)) for row in rows]
    content = "\n".join(["a,b", *quoted]).encode()
    found = [(row["a"], row["b"]) for _, row in table(content)]
    assert found == rows


@given(st.binary(max_size=80))
def test_any_bytes_give_rows_errors_or_a_problem(content: bytes) -> None:
    for read in (table, records):
        try:
            rows = read(content)
        except FileProblem:
            continue
        for number, row in rows:
            assert number >= 1
            assert isinstance(row, dict | RowError)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (b'{"a": 1, "a": 2}', "same key twice"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": 1e400}', "too large"),
        (b'{"a": "\xff"}', "UTF-8"),
        (b'{"a": "\\u0000"}', "NUL"),
        (b"[" * 50, "deeper than 32"),
        (b"[1]", "not a JSON object"),
        (b'{"a": ', "Expecting value"),
        (b'{"a": "' + b"x" * 2000 + b'"}', "longer than 1000 bytes"),
    ],
)
def test_bad_line_costs_only_itself(bad: bytes, says: str) -> None:
    content = b'\xef\xbb\xbf{"a": 1}\n' + bad + b'\n\n{"a": 3}'
    first, error, last = records(content, limits=Limits(line_bytes=1000))
    assert (first, last) == ((1, {"a": 1}), (4, {"a": 3}))
    assert error[0] == 2
    assert says in error[1].reason
    assert len(error[1].raw) + error[1].missing_bytes == len(bad) + 1


def test_empty_file_is_told() -> None:
    for content in (b"", b"\n\n", b"\xef\xbb\xbf"):
        with pytest.raises(FileProblem, match="empty"):
            records(content)


def test_reader_is_chosen_by_the_name() -> None:
    assert list(open_rows("x.CSV", io.BytesIO(b"a\n1\n"))) == [(2, {"a": "1"})]
    assert list(open_rows(Path("x.ndjson"), io.BytesIO(b'{"a":1}'))) == [(1, {"a": 1})]
    with pytest.raises(FileProblem, match=r"\.xlsx"):
        open_rows("x.xlsx", io.BytesIO(b""))


def test_rejects_lose_nothing_and_are_private(tmp_path: Path) -> None:
    with Rejects(tmp_path / "none.jsonl") as none:
        pass
    assert not none.path.exists()
    with Rejects(tmp_path / "rejects.jsonl") as rejects:
        rejects.write(3, "bad quoting", RowError("x", b'"a,\n'))
        rejects.write(4, "not UTF-8", RowError("x", b"\xff\n", missing_bytes=7))
        rejects.write(5, "unknown field", {"a": "ä"})
    lines = [json.loads(line) for line in rejects.path.read_text().splitlines()]
    assert lines == [
        {"line": 3, "reason": "bad quoting", "raw": '"a,\n'},
        {
            "line": 4,
            "reason": "not UTF-8",
            "raw_base64": base64.b64encode(b"\xff\n").decode(),
            "missing_bytes": 7,
        },
        {"line": 5, "reason": "unknown field", "row": {"a": "ä"}},
    ]
    assert rejects.count == 3
    assert stat.S_IMODE(rejects.path.stat().st_mode) == 0o600


SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "note": {"type": "string"},
        "amount": {"type": ["number", "null"]},
        "count": {"type": "integer"},
        "is_new": {"type": "boolean"},
        "grade": {"enum": [1, 2, "three"]},
        "tags": {"type": "array"},
        "home": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
    "required": ["note"],
}


@pytest.mark.parametrize(
    ("row", "payload"),
    [
        ({"id": "007"}, {"id": "007"}),
        ({"amount": "12.50", "count": "-3"}, {"amount": 12.5, "count": -3}),
        ({"amount": "", "id": "", "note": ""}, {"note": ""}),
        ({"is_new": "Yes"}, {"is_new": True}),
        ({"is_new": "0"}, {"is_new": False}),
        ({"grade": "2"}, {"grade": 2}),
        ({"grade": "three"}, {"grade": "three"}),
        ({"tags": '["a", 1]'}, {"tags": ["a", 1]}),
        ({"home.city": "Bern"}, {"home": {"city": "Bern"}}),
        ({"amount": "1e400", "count": "007"}, {"amount": "1e400", "count": "007"}),
        ({"amount": "NaN", "is_new": "perhaps"}, {"amount": "NaN", "is_new": "perhaps"}),
        ({"other.thing": "x"}, {"other.thing": "x"}),
    ],
)
def test_texts_become_what_the_schema_asks_for(row: dict[str, str], payload: Any) -> None:
    assert cast_row(row, SCHEMA) == payload
