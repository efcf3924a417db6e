"""A contract's checks: conditions that must hold, and tests of values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from governance.contracts.problems import did_you_mean, listed
from governance.contracts.rules.registry import REQUIRED, RULES, Option, Rule
from governance.contracts.section import Section, kind_of
from governance.contracts.terms import is_table
from governance.contracts.wording import Vocabulary, check_condition

OUTCOMES = ("review", "compliance", "manual")
FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def check_of(one: Section, name: str, vocabulary: Vocabulary) -> dict[str, Any]:
    """One entry of `checks` as it is stored, with its problems noted."""
    body: dict[str, Any] = {"name": name}
    if "test" in one.values:
        body |= test_of(one, vocabulary)
    elif "require" in one.values or not one.is_mapping:
        body["require"] = require_of(one, vocabulary)
    else:
        one.raw("require", None)
        one.raw("test", None)
        one.problems.add(one.place, "must hold either require, a condition, or test, a test's name")
    body |= {
        "otherwise": one.choice("otherwise", OUTCOMES),
        "message": one.text("message", limit=300),
    }
    one.finish()
    return body


def require_of(one: Section, vocabulary: Vocabulary) -> dict[str, Any]:
    """The condition of an entry that has `require`, {} where it has problems."""
    place = (*one.place, "require")
    return check_condition(one.raw("require"), place, vocabulary, one.problems)


def test_of(one: Section, vocabulary: Vocabulary) -> dict[str, Any]:
    """test, of and options of an entry that has `test`."""
    if "require" in one.values:
        one.problem("require", "stands beside test; a check has one of them")
        one.raw("require", None)
    test = one.choice("test", list(RULES))
    rule = RULES.get(test)
    if rule is None:
        # What else the entry holds cannot be judged: the one problem is that nobody knows the test.
        for name in one.values:
            one.raw(name)
        return {"test": "", "of": [], "options": {}}
    paths = _paths(one, rule, vocabulary)
    options = {
        name: _option(one, name, option, paths, vocabulary) for name, option in rule.options.items()
    }
    if test == "same_name" and len(paths) < 2 and "equals" not in one.values and paths:
        one.problem("of", "must name two values, or one and `equals`")
    elif test == "same_name" and len(paths) > 2 and "equals" not in one.values:
        one.problem("of", "must name two values; more are joined only where `equals` is given")
    return {"test": test, "of": paths, "options": options}


def _paths(one: Section, rule: Rule, vocabulary: Vocabulary) -> list[str]:
    found: list[str] = []
    count = 0
    given = one.entries("of", []) if rule.at_most == 0 else one.entries("of")
    for place, value in given:
        count += 1
        message = _path_problem(value, vocabulary)
        if message is None and rule.of_table != is_table(vocabulary.node(value)):
            what = "must be" if rule.of_table else "must not be"
            message = f'"{value[:80]}" {what} a table'
        if message is not None:
            one.problems.add(place, message)
        else:
            found.append(value)
    if isinstance(one.values.get("of"), list) and not rule.at_least <= count <= rule.at_most:
        if rule.at_least == rule.at_most:
            expected = "no values" if rule.at_most == 0 else f"{rule.at_least} of them"
        else:
            expected = f"from {rule.at_least} to {rule.at_most} of them"
        one.problem("of", f"{rule.name} looks at {expected}, not {count}")
    return found


def _path_problem(value: Any, vocabulary: Vocabulary) -> str | None:
    if not isinstance(value, str):
        return f"must be a path, such as output.total, not {kind_of(value)}"
    if value.startswith("item."):
        return "must be a path of input or output"
    return vocabulary.problem(value)


def _option(
    one: Section, name: str, option: Option, paths: list[str], vocabulary: Vocabulary
) -> Any:
    if name not in one.values:
        if option.default is REQUIRED:
            one.raw(name)
            return None
        return one.raw(name, option.default)
    value = one.raw(name)
    message = _option_problem(value, option, paths, vocabulary)
    if message is not None:
        one.problem(name, message)
        return None
    return float(value) if option.kind in {"number", "fraction"} else value


def _option_problem(
    value: Any, option: Option, paths: list[str], vocabulary: Vocabulary
) -> str | None:
    match option.kind:
        case "path":
            message = _path_problem(value, vocabulary)
            if message is None and is_table(vocabulary.node(value)):
                message = "must not be a table"
            return message
        case "number" | "integer" | "fraction":
            return _number_problem(value, option)
        case "word":
            if value in option.words:
                return None
            return f"must be one of {listed(option.words)}"
        case "file":
            if isinstance(value, str) and FILE.fullmatch(value):
                return None
            return "must be a plain file name: letters, digits, dot, - and _"
        case "column":
            table: Mapping[str, Any] = (vocabulary.node(paths[0]) if paths else None) or {}
            columns = table.get("items", {}).get("properties", {})
            if not columns or value in columns:
                return None
            hint = did_you_mean(str(value), columns)
            return f'"{str(value)[:80]}" is not a column{hint}; there are {listed(columns)}'
    return None


def _number_problem(value: Any, option: Option) -> str | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if option.kind == "integer" and (not is_number or isinstance(value, float)):
        return f"must be a whole number, not {kind_of(value)}"
    if not is_number:
        return f"must be a number, not {kind_of(value)}"
    high = 1 if option.kind == "fraction" else option.high
    if not option.low <= value <= high:
        return f"must be from {option.low:g} to {high:g}, not {value}"
    return None
