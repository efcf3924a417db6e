"""Output fields to form and back: no value changes by being looked at."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.contracts.agreement import Agreement
from governance.contracts.parse import parse as parse_contract
from review.console import fields, showing, words
from review.routing.words import sentence
from tests.factories import CONTRACT

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["choice", "flag"],
    "properties": {
        "choice": {"enum": ["a_b", "c", 3]},
        "flag": {"type": "boolean"},
        "amount": {"type": "number"},
        "count": {"type": "integer"},
        "note": {"type": "string", "maxLength": 50},
        "story": {"type": "string"},
    },
}


@pytest.fixture(scope="module")
def agreement():
    source = CONTRACT.format(slug="fields", undo_window=30, sample_rate=0.0)
    body = parse_contract(source, filename="x.yaml", providers={"local": {}})
    body["output"] = {"schema": SCHEMA, "fields": list(SCHEMA["properties"])}
    body["confidence"] = {"choice": {"automatic": 0.9, "manual": 0.2}}
    return Agreement.from_body(body)


def candidate(output, confidence=0.95, source="class_probability"):
    return {
        "output": output,
        "confidence": dict.fromkeys(output, confidence),
        "sources": dict.fromkeys(output, source),
    }


def posted(rows):
    """What a browser sends back of a form nobody touched."""
    sent = {}
    for row in rows:
        if row.choices:
            chosen = [choice.value for choice in row.choices if choice.is_chosen]
            if chosen:
                sent[row.key] = chosen[0]
        else:
            sent[row.key] = re.sub("\r\n|\r|\n", "\r\n", row.value)
        if row.keep:
            sent[row.keep_key] = row.keep
    return sent


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
outputs = st.fixed_dictionaries(
    {"choice": st.sampled_from(["a_b", "c", 3]), "flag": st.booleans()},
    optional={
        "amount": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**9), 10**9),
        "count": st.integers(-(2**53) + 1, 2**53 - 1),
        "note": texts,
        "story": texts,
    },
)


@given(output=outputs)
def test_a_form_nobody_touched_gives_the_same_output_back(agreement, output):
    rows = fields.build(agreement, candidate=candidate(output))
    assert fields.parse(agreement, posted(rows)) == output
    assert not any(row.is_changed for row in rows)


@given(
    raw=st.dictionaries(
        st.sampled_from(["output.amount", "output.note", "keep.note", "output.choice"]),
        st.text(max_size=30),
    )
)
def test_whatever_is_posted_can_be_stored_as_json(agreement, raw):
    json.dumps(fields.parse(agreement, raw), allow_nan=False)


@pytest.mark.parametrize(
    ("value", "source", "level", "is_flagged"),
    [
        (0.95, "class_probability", "high", False),
        (0.90, "class_probability", "high", False),
        (0.8999, "class_probability", "medium", True),
        (0.30, "class_probability", "low", True),
        (0.99, "self_reported", "high", True),
        (None, "none", "none", True),
    ],
)
def test_confidence_in_words_follows_the_contracts_band(
    agreement, value, source, level, is_flagged
):
    shown = fields.confidence_of(value, source, agreement.bands["choice"])
    assert (shown.level, shown.is_flagged) == (level, is_flagged)


def test_a_share_is_rounded_down_so_that_it_never_reads_as_the_limit_it_misses():
    assert words.percent(0.8999) == "89%"
    assert words.percent(0.9) == "90%"
    assert words.percent(0.29) == "29%"
    assert words.percent(1.0) == "100%"


def test_a_field_with_a_problem_gets_the_start_before_the_least_certain(agreement):
    made = candidate({"choice": "c", "flag": True}, confidence=0.1)
    rows = fields.build(agreement, candidate=made, errors={"output.note": "is wrong"})
    assert [row.name for row in rows if row.is_start] == ["note"]
    assert next(row.error for row in rows if row.name == "note") == "is wrong"


def test_input_is_shown_in_words_and_never_as_json():
    schema = {
        "properties": {
            "story": {"type": "string", "maxLength": 5000},
            "when": {"type": "string", "format": "date"},
            "flag": {"type": "boolean"},
            "amount": {"type": "number"},
            "kind": {"enum": ["up_to_5"]},
            "lines": {"type": "array"},
            "person": {"type": "object", "properties": {"name": {"title": "Full name"}}},
        }
    }
    payload = {
        "story": "Once",
        "when": "2026-03-01",
        "flag": False,
        "amount": 1234567.5,
        "kind": "up_to_5",
        "lines": [{"item_no": 1, "total": 2.5}, {"item_no": 2}],
        "person": {"name": "Ann"},
        "tags": ["x", "y"],
    }
    shown = showing.read(schema, payload, title=None)
    assert [one.label for one in shown.texts] == ["Story", "Lines"]
    table = shown.texts[1].table
    assert table.columns == ("Item no", "Total")
    assert table.rows == (("1", "2.50"), ("2", "—"))
    facts = {one.label: one.text for one in shown.facts if one.kind == "value"}
    assert facts == {
        "When": "1 March 2026",
        "Flag": "No",
        "Amount": "1,234,567.50",
        "Kind": "Up to 5",
        "Tags": "x, y",
    }
    person = next(one for one in shown.facts if one.kind == "group")
    assert [(part.label, part.text) for part in person.parts] == [("Full name", "Ann")]


def test_a_confidence_just_under_its_band_does_not_read_as_equal_to_it():
    reason = {"code": "field_below_band", "field": "Category", "confidence": 0.8999, "band": 0.9}
    assert sentence(reason) == "Category: confidence 89% is under the 90% needed."
