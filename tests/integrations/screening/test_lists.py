"""Screening lists: what is read, what is found, when they are read again."""

import os
from pathlib import Path

import pytest

from integrations.screening import lists
from integrations.screening.lists import ListUnreadable, load, parse

LIST = """\
name,aliases,kind,source
Orlando Vestergaard,Orly West;"O, Vest",person,made up
Nordwind Handels GmbH,,organisation,made up
Matilda Kristensen,,,made up
"""


def test_the_likest_name_is_told_by_its_line() -> None:
    names = parse(LIST.encode())
    found = names.likest("vestergard orlando")
    assert found is not None
    assert (found.line, found.score > 0.9) == (2, True)
    alias = names.likest("Orly West")
    assert alias is not None
    assert (alias.line, alias.score) == (2, 1.0)


def test_names_of_the_other_kind_are_passed_by() -> None:
    names = parse(LIST.encode())

    def score(kind: str) -> float:
        found = names.likest("Nordwind Handels", kind=kind)
        return found.score if found else 0

    assert score("person") < 0.5 < score("organisation") == score("any")
    unmarked = names.likest("Matilda Kristensen", kind="person")
    assert unmarked is not None
    assert unmarked.score == 1


def test_a_name_without_letters_is_like_nothing() -> None:
    assert parse(LIST.encode()).likest("?!") is None


@pytest.mark.parametrize(
    "content",
    [b"", b"name\n", b"person\nIda\n", b"name\n\xff\xfe\n", b"name\n...\n"],
    ids=["empty", "no name", "no column", "no text", "no letters"],
)
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(ListUnreadable):
        parse(content)


def test_a_missing_file_and_one_too_large_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ListUnreadable):
        load(tmp_path / "none.csv")
    path = tmp_path / "large.csv"
    path.write_text(LIST)
    monkeypatch.setattr(lists, "MAX_BYTES", 10)
    with pytest.raises(ListUnreadable):
        load(path)


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(LIST)
    first = load(path)
    assert load(path) is first
    path.write_text("name\nIda Lindqvist\n")
    os.utime(path, ns=(1, 1))
    second = load(path)
    assert second is not first
    assert second.likest("Orlando Vestergaard") is None
    path.unlink()
    with pytest.raises(ListUnreadable):
        load(path)


def test_a_list_with_a_byte_order_mark_is_read() -> None:
    assert parse("\ufeffname\nIda Lindqvist\n".encode()).likest("Ida Lindqvist")
