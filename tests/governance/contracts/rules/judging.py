"""Ask a test about values, with its options' defaults filled in."""

from datetime import date
from typing import Any

from governance.contracts.rules import RULES, Given, Verdict, verdict_of
from governance.contracts.rules.registry import REQUIRED

DAY = date(2025, 1, 1)


def judged(test: str, *values: Any, day: date = DAY, **options: Any) -> Verdict:
    declared = RULES[test].options
    filled = {
        name: None if one.default is REQUIRED else one.default for name, one in declared.items()
    }
    has = {f"has_{name}": name in options for name, one in declared.items() if one.kind == "path"}
    return verdict_of(test, Given(values, {**filled, **has, **options}, day))


def holds(test: str, *values: Any, day: date = DAY, **options: Any) -> bool:
    return judged(test, *values, day=day, **options).holds
