"""Which tests there are, what each takes, and where it is written.

The parser reads only the declarations; a test's module is imported when it is first run, so that
processes which judge nothing carry none of its libraries. To add a test, write a function
`Given -> Verdict`, and `register` a Rule that names it (from an app's ready(), or below).
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import structlog

log = structlog.get_logger(__name__)

Kind = Literal["number", "integer", "fraction", "path", "column", "file", "word"]
REQUIRED: Any = object()


@dataclass(frozen=True)
class Option:
    """A parameter of a test, beside `of`. low and high bound numbers; words are what it may be.

    path: a dotted path of input or output; column: a column of the table that `of` names; file: a
    plain file name.
    """

    kind: Kind
    default: Any = REQUIRED
    low: float = 0
    high: float = 1_000_000
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A test: how many paths `of` has, its options, and `module:function` that judges.

    Where implementation is "", whoever keeps the items judges (needs the database).
    """

    name: str
    implementation: str
    at_least: int = 1
    at_most: int = 1
    options: Mapping[str, Option] = field(default_factory=dict)
    of_table: bool = False


@dataclass(frozen=True)
class Given:
    """What a test looks at: the values of `of` in order, None where there is none.

    options has every option the rule declares; those of kind path hold the value found there.
    day is the item's day of receipt.
    """

    values: tuple[Any, ...]
    options: Mapping[str, Any]
    day: date


@dataclass(frozen=True)
class Verdict:
    """Whether the test holds, and, where it does not, why: a code of DETAILS with its numbers.

    numbers are plain values and hold nothing personal: they are shown and kept for good.
    """

    holds: bool
    detail: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)


HOLDS = Verdict(True)


def fails(detail: str = "", **numbers: Any) -> Verdict:
    return Verdict(False, detail, numbers)


_HERE = "governance.contracts.rules"
_TOLERANCE = Option("number", 0.005)  # half of the smallest coin: what rounding may leave

_DECLARED = (
    Rule("iban", f"{_HERE}.identifiers:iban"),
    Rule("vat_id", f"{_HERE}.identifiers:vat_id"),
    Rule("mrz", f"{_HERE}.identifiers:mrz"),
    Rule(
        "sum",
        f"{_HERE}.amounts:sum_",
        at_most=20,
        options={"equals": Option("path"), "tolerance": _TOLERANCE},
    ),
    Rule(
        "column_sum",
        f"{_HERE}.amounts:column_sum",
        of_table=True,
        options={"column": Option("column"), "equals": Option("path"), "tolerance": _TOLERANCE},
    ),
    Rule("dates_in_order", f"{_HERE}.dates:dates_in_order", at_least=2, at_most=10),
    Rule("not_expired", f"{_HERE}.dates:not_expired"),
    Rule(
        "at_least_years",
        f"{_HERE}.dates:at_least_years",
        options={"years": Option("integer", low=0, high=150)},
    ),
    Rule("same_value", f"{_HERE}.sameness:same_value", at_least=2, at_most=2),
    Rule(
        "same_name",
        f"{_HERE}.sameness:same_name",
        at_most=4,
        options={"equals": Option("path", None), "mrz": Option("path", None)},
    ),
    Rule(
        "screening",
        f"{_HERE}.screening:screening",
        at_most=4,
        options={
            "list": Option("file"),
            "threshold": Option("fraction", None),
            "kind": Option("word", "any", words=("any", "person", "organisation")),
        },
    ),
    Rule(
        "no_listed_words",
        f"{_HERE}.words:no_listed_words",
        at_most=10,
        options={"list": Option("file")},
    ),
    Rule("duplicate", "", at_most=6),
    Rule(
        "near_duplicate",
        "",
        at_least=0,
        at_most=0,
        options={"bits": Option("integer", 3, low=0, high=3)},
    ),
)

RULES: dict[str, Rule] = {rule.name: rule for rule in _DECLARED}


def register(rule: Rule) -> None:
    """Make a test known to contracts. Raises ValueError for a name that is taken."""
    if RULES.get(rule.name, rule) != rule:
        raise ValueError(f"There is a test called {rule.name} already.")
    RULES[rule.name] = rule


def verdict_of(test: str, given: Given) -> Verdict:
    """A test's answer. Where the test is not known any more, it does not hold.

    A test whose values are all absent holds: what must be there is for the schema's `required`
    and for `present` to say.
    """
    rule = RULES.get(test)
    if rule is None or not rule.implementation:
        return fails("unknown_test")
    if all(is_absent(value) for value in given.values):
        return HOLDS
    try:
        return _function(rule.implementation)(given)
    except Exception as error:
        # A value that breaks a test is one that a person must see, not one that holds up its item.
        # The error's text may repeat the value; its kind does not.
        log.error("contract_test_broke", test=test, error=type(error).__name__)
        return fails("test_broke")


def is_absent(value: Any) -> bool:
    """None, an empty table, and a text without anything in it are no value."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


@functools.lru_cache(maxsize=64)
def _function(where: str) -> Callable[[Given], Verdict]:
    module, _, name = where.partition(":")
    found: Callable[[Given], Verdict] = getattr(importlib.import_module(module), name)
    return found
