"""Screening as a check: who is let through, and what is told of the others."""

from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.test import override_settings

from governance.contracts.operations import apply
from tests.governance.contracts.rules.judging import holds, judged
from tests.governance.contracts.texts import changed

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def folder(tmp_path: Path, settings: pytest.FixtureRequest) -> Path:
    settings.SCREENING_DIR = tmp_path  # type: ignore[attr-defined]
    (tmp_path / "list.csv").write_text("name,kind\nOrlando Vestergaard,person\n")
    return tmp_path


def test_a_name_near_one_on_the_list_does_not_hold_and_the_name_is_not_told() -> None:
    verdict = judged("screening", "Orlando", "Vestergard", list="list.csv")
    assert not verdict.holds
    assert verdict.detail == "listed"
    assert (verdict.numbers["list"], verdict.numbers["line"]) == ("list.csv", 2)
    assert "estergaard" not in str(verdict)


def test_others_are_let_through() -> None:
    assert holds("screening", "Matilda", "Kristensen", list="list.csv")
    assert holds("screening", "Orlando Vestergaard", list="list.csv", kind="organisation")


def test_the_threshold_is_the_contracts() -> None:
    assert not holds("screening", "Orlando Westergard", list="list.csv")
    assert holds("screening", "Orlando Westergard", list="list.csv", threshold=0.99)


def test_a_list_that_cannot_be_read_lets_nobody_through(folder: Path) -> None:
    assert judged("screening", "Matilda", list="other.csv").detail == "list_unreadable"
    (folder / "list.csv").write_text("")
    assert judged("screening", "Matilda", list="list.csv").detail == "list_unreadable"


def test_a_name_without_letters_is_no_name() -> None:
    assert judged("screening", "123 ?", list="list.csv").holds  # digits can be compared
    assert judged("screening", "?!", list="list.csv").detail == "name_unreadable"


def test_a_list_lies_in_its_folder_and_nowhere_else(folder: Path) -> None:
    (folder.parent / "list2.csv").write_text("name\nIda\n")
    assert judged("screening", "Ida", list="../list2.csv").detail == "list_unreadable"


CHECKED = changed(
    (
        "require: {output.category: {not_equals: lost}}",
        "test: screening\n    of: [input.sender.name]\n    list: list.csv",
    )
)


@pytest.mark.django_db
def test_a_missing_list_of_a_contract_in_force_is_warned_of(folder: Path) -> None:
    def warned() -> list[str]:
        return [one.id or "" for one in run_checks(databases=["default"])]

    apply(CHECKED, filename="parcels.yaml", actor="system:test")
    assert "governance.W001" not in warned()
    with override_settings(SCREENING_DIR=folder / "elsewhere"):
        assert "governance.W001" in warned()
