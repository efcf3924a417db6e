"""docs/contracts.md names every field and operator that the parser knows."""

from pathlib import Path

import pytest

from governance.contracts.checkrules import OUTCOMES
from governance.contracts.conditions import OPERATORS
from governance.contracts.parse import KINDS, parse
from governance.contracts.wording import ITEM_FIELDS
from tests.governance.contracts.texts import CONTRACT

PAGE = (Path(__file__).parents[3] / "docs" / "contracts.md").read_text()


@pytest.mark.parametrize("word", [*parse(CONTRACT), *OPERATORS, *KINDS, *OUTCOMES, *ITEM_FIELDS])
def test_the_page_explains(word: str) -> None:
    assert f"`{word}" in PAGE or f".{word}" in PAGE or f"{word}`" in PAGE
