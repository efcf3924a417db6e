"""docs/contracts.md names every field and operator that the parser knows."""

from pathlib import Path

import pytest

from governance.contracts.checkrules import OUTCOMES
from governance.contracts.conditions import OPERATORS
from governance.contracts.documentrules import TYPES
from governance.contracts.parse import KINDS, parse
from governance.contracts.rules import RULES
from governance.contracts.terms import COLUMNS, TERMS
from governance.contracts.wording import ITEM_FIELDS
from tests.governance.contracts.texts import CONTRACT

PAGE = (Path(__file__).parents[3] / "docs" / "contracts.md").read_text()


OPTIONS = sorted({name for rule in RULES.values() for name in rule.options})


@pytest.mark.parametrize("word", [*RULES, *OPTIONS, *TERMS, *COLUMNS["lines"], *sorted(TYPES)])
def test_the_page_names(word: str) -> None:
    assert f"`{word}`" in PAGE or f" {word}" in PAGE.split("### documents")[1].split("###")[0]


@pytest.mark.parametrize("word", [*parse(CONTRACT), *OPERATORS, *KINDS, *OUTCOMES, *ITEM_FIELDS])
def test_the_page_explains(word: str) -> None:
    assert f"`{word}" in PAGE or f".{word}" in PAGE or f"{word}`" in PAGE
