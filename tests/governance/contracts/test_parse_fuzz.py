"""Whatever the text, the parser answers with a body that can be read, or with ContractError."""

from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.contracts.agreement import Agreement
from governance.contracts.parse import digest_of, parse
from governance.contracts.problems import ContractError
from tests.governance.contracts.texts import CONTRACT

WORDS = st.sampled_from(
    [
        *("process", "title", "schema", "type", "object", "properties", "enum", "x-privacy"),
        *("when", "any", "all", "not", "equals", "matches", "input.text", "output.category"),
        *("name", "kinds", "review", "file", "body", "$input.text", "$", "{}", "<<", "=", "local"),
    ]
)
SCALARS = st.one_of(
    WORDS,
    st.text(max_size=20),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.booleans(),
    st.none(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(WORDS, st.text(max_size=8)), inner, max_size=4),
    ),
    max_leaves=12,
)


def check(text: str) -> None:
    try:
        body = parse(text, providers=("local",))
    except ContractError as error:
        refusal = error
    else:
        Agreement.from_body(body)
        digest_of(body)
        return
    assert refusal.problems
    assert all(problem.line >= 1 for problem in refusal.problems)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    check(text)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_part_of_a_contract_replaced_by_anything(data: st.DataObject) -> None:
    contract: Any = yaml.load(CONTRACT, yaml.BaseLoader)  # scalars stay texts
    node, depth = contract, data.draw(st.integers(0, 6))
    for _ in range(depth):
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        inner = [key for key in keys if isinstance(node[key], dict | list) and node[key]]
        if not inner:
            break
        node = node[data.draw(st.sampled_from(inner))]
    keys = list(node) if isinstance(node, dict) else list(range(len(node)))
    node[data.draw(st.sampled_from(keys))] = data.draw(VALUES)
    check(yaml.safe_dump(contract, allow_unicode=True))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(CONTRACT)), st.integers(0, 40), st.text(max_size=6))
def test_any_slip_of_the_pen(at: int, cut: int, typed: str) -> None:
    check(CONTRACT[:at] + typed + CONTRACT[at + cut :])
