"""The gate of a contract: what the parser takes and refuses, and that others keep their digest."""

import pytest

from governance.contracts.agreement import Agreement
from governance.contracts.parse import digest_of, parse
from governance.contracts.problems import ContractError
from tests.governance.contracts.texts import CONTRACT

OWN = "acme.checks:own"
GATE = """\
gate:
  risks: [high]
  segments: [heavy, default]
  share: 0.02
  checks:
    - name: never_lost
      require: {output.category: {not_equals: lost}}
      message: Lost parcels are for a person.
      policy: parcels
    - {name: words, test: no_listed_words, of: [input.text], list: words.txt, message: No.}
    - {name: second, provider: openai, fields: [category], at_least: 0.5, message: Twice.}
    - {name: own, callable: 'acme.checks:own', otherwise: hold, message: Ours.}
"""


def parsed(gate: str = GATE):
    source = CONTRACT + gate
    return parse(source, filename="c.yaml", providers=("local", "openai"), callables=(OWN,))


def test_a_whole_gate_is_taken_and_typed() -> None:
    gate = Agreement.from_body(parsed()).gate
    assert gate is not None
    assert (gate.risks, gate.segments, gate.share) == ({"high"}, {"heavy", "default"}, 0.02)
    never_lost, words, second, own = gate.checks
    assert (never_lost.is_quick, never_lost.policy) == (True, "parcels")
    assert never_lost.require == {"output.category": {"not_equals": "lost"}}
    assert words.check is not None
    assert (words.check.test, words.check.options) == ("no_listed_words", {"list": "words.txt"})
    assert second.second_opinion is not None
    assert (second.second_opinion.fields, second.second_opinion.at_least) == (("category",), 0.5)
    assert own.callable == OWN
    assert not any(one.is_quick for one in (words, second, own))


def test_a_second_model_is_compared_in_all_fields_unless_told_otherwise() -> None:
    gate = "gate: {checks: [{name: second, provider: openai, message: Twice.}]}\n"
    (check,) = Agreement.from_body(parsed(gate)).gate.checks
    assert check.second_opinion.fields == ("category", "is_urgent")
    assert check.second_opinion.at_least == 1.0


def test_a_contract_without_a_gate_keeps_the_digest_it_had_before_there_were_gates() -> None:
    body = parse(CONTRACT)
    assert "gate" not in body
    assert digest_of(body) == "55a64a35292333333551d1adf6296b4c0c4397db79bd4d66efa894cf4aa61ff0"
    assert Agreement.from_body(body).gate is None


def test_a_gate_changes_the_digest() -> None:
    assert digest_of(parsed()) != digest_of(parse(CONTRACT))


BROKEN = [
    ("risks: [high]", "risks: [hihg]", "gate.risks[0]", 'did you mean "high"'),
    ("segments: [heavy, default]", "segments: [hevy]", "gate.segments[0]", 'did you mean "heavy"'),
    ("share: 0.02", "share: 2", "gate.share", "must be from 0 to 1"),
    ("share: 0.02", "shares: 0.02", "gate.shares", 'did you mean "share"'),
    ("output.category", "output.categry", "require.output.categry", "does not exist"),
    (
        "message: Lost parcels are for a person.",
        "",
        "gate.checks[0].message",
        "is required",
    ),
    ("policy: parcels", "policy: My Policy", "gate.checks[0].policy", "lower-case"),
    ("list: words.txt, ", "", "gate.checks[1].list", "is required"),
    ("[input.text]", "[input.txt]", "gate.checks[1].of[0]", "does not exist"),
    ("test: no_listed_words", "test: no_list", "gate.checks[1].test", "is not known"),
    ("provider: openai", "provider: opnai", "gate.checks[2].provider", 'did you mean "openai"'),
    ("provider: openai", "provider: local", "gate.checks[2].provider", "another than the one"),
    ("fields: [category]", "fields: [nothing]", "gate.checks[2].fields[0]", "is not known"),
    ("fields: [category]", "fields: []", "gate.checks[2].fields", "at least one field"),
    ("at_least: 0.5", "at_least: -1", "gate.checks[2].at_least", "must be from 0 to 1"),
    ("'acme.checks:own'", "'acme.checks:other'", "gate.checks[3].callable", "GATE_CALLABLES"),
    ("'acme.checks:own'", "'acme.checks'", "gate.checks[3].callable", "package.module:function"),
    ("otherwise: hold", "otherwise: refuse", "gate.checks[3].otherwise", "must be one of hold"),
    ("name: own", "name: second", "gate.checks[3].name", "is given twice"),
    ("callable:", "provider: openai, callable:", "gate.checks[3]", "exactly one of require"),
    ("callable: 'acme.checks:own', ", "", "gate.checks[3]", "exactly one of require"),
]


@pytest.mark.parametrize(("old", "new", "field", "message"), BROKEN)
def test_a_problem_of_the_gate_names_its_field(old, new, field, message) -> None:
    assert GATE.count(old) == 1
    with pytest.raises(ContractError) as caught:
        parsed(GATE.replace(old, new))
    assert any(field in line and message in line for line in caught.value.lines()), (
        caught.value.lines()
    )


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        ("gate: {}\n", "must name risks, segments, a share or checks"),
        ("gate: [high]\n", "must be a mapping"),
        ("gate: {checks: [later]}\n", "must be a mapping"),
    ],
)
def test_a_gate_that_is_none_is_refused(gate, message) -> None:
    with pytest.raises(ContractError, match=message):
        parsed(gate)


def test_tests_among_other_items_are_no_checks_of_a_gate() -> None:
    gate = "gate: {checks: [{name: twice, test: duplicate, of: [input.text], message: No.}]}\n"
    with pytest.raises(ContractError, match="put it among the checks"):
        parsed(gate)
