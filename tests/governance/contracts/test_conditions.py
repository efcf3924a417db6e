"""The language of conditions: what holds, what a missing value means, and that nothing raises."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.contracts.conditions import OPERATORS, holds

CONTEXT = {
    "input": {
        "amount": 100,
        "ratio": 0.5,
        "name": "Ann",
        "flag": True,
        "none": None,
        "day": "2024-05-01",
        "sender": {"country": "CH"},
        "list": [1, 2],
    },
    "output": {"category": "late"},
    "item": {"priority": 50},
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({}, True),
        ({"input.amount": {"equals": 100.0}}, True),
        ({"input.amount": {"equals": "100"}}, False),
        ({"input.flag": {"equals": 1}}, False),
        ({"input.flag": {"equals": True}}, True),
        ({"input.amount": {"not_equals": 1}}, True),
        ({"input.sender.country": {"in": ["CH", "LI"]}}, True),
        ({"input.sender.country": {"not_in": ["CH", "LI"]}}, False),
        ({"input.amount": {"at_least": 100, "less_than": 100.5}}, True),
        ({"input.amount": {"greater_than": 100}}, False),
        ({"input.amount": {"at_most": 100}}, True),
        ({"input.amount": {"less_than": "200"}}, False),
        ({"input.flag": {"at_least": 0}}, False),
        ({"input.day": {"less_than": "2024-06-01"}}, True),
        ({"input.name": {"matches": "^A"}}, True),
        ({"input.name": {"matches": "n"}}, True),
        ({"input.name": {"matches": "^n$"}}, False),
        ({"input.amount": {"matches": "1"}}, False),
        ({"input.name": {"present": True}}, True),
        ({"input.name": {"present": False}}, False),
        ({"item.priority": {"at_least": 50}, "output.category": {"equals": "lost"}}, False),
        ({"any": [{"input.amount": {"equals": 1}}, {"item.priority": {"equals": 50}}]}, True),
        ({"all": [{"input.amount": {"equals": 1}}, {"item.priority": {"equals": 50}}]}, False),
        ({"not": {"input.amount": {"equals": 1}}}, True),
        ({"not": {"any": [{"input.amount": {"equals": 100}}]}}, False),
    ],
)
def test_conditions(condition: dict[str, Any], expected: bool) -> None:
    assert holds(condition, CONTEXT) is expected


@pytest.mark.parametrize("path", ["input.none", "input.gone", "input.name.first", "input.list.x"])
@pytest.mark.parametrize(
    ("operator", "operand", "expected"),
    [
        ("equals", "x", False),
        ("equals", None, True),
        ("not_equals", "x", True),
        ("not_equals", None, False),
        ("in", ["x"], False),
        ("in", ["x", None], True),
        ("not_in", ["x"], True),
        ("not_in", ["x", None], False),
        ("less_than", 1, False),
        ("at_most", 1, False),
        ("greater_than", -1, False),
        ("at_least", -1, False),
        ("matches", "", False),
        ("present", True, False),
        ("present", False, True),
    ],
)
def test_null_and_a_path_that_leads_nowhere_are_both_no_value(
    path: str, operator: str, operand: Any, expected: bool
) -> None:
    assert holds({path: {operator: operand}}, CONTEXT) is expected


def test_no_pattern_can_hang_it() -> None:
    began = time.perf_counter()
    assert not holds({"input.t": {"matches": "^(a+)+$"}}, {"input": {"t": "a" * 19_000 + "!"}})
    assert time.perf_counter() - began < 1


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.sampled_from(sorted(OPERATORS)), JSON)
def test_odd_data_never_raises(name: str, value: Any) -> None:
    operand = {"in": [1, "a"], "not_in": [1, None], "matches": "a.c", "present": True}.get(name, 1)
    assert holds({"input.x": {name: operand}}, {"input": {"x": value}}) in (True, False)
    assert holds({"input.x.y": {name: operand}}, {"input": value}) in (True, False)


def test_text_with_lone_surrogates_is_matched_without_an_error() -> None:
    assert holds({"input.t": {"matches": "b$"}}, {"input": {"t": "a\ud800b"}})
