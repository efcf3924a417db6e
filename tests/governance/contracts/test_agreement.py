"""The typed view: validation without values, segments, checks, queues, rendering."""

from datetime import date
from typing import Any

import pytest

from governance.contracts.agreement import Agreement, agreement_of
from governance.contracts.parse import parse
from governance.contracts.rendering import render_body
from tests.governance.contracts.texts import CONTRACT


@pytest.fixture(scope="module")
def agreement() -> Agreement:
    return Agreement.from_body(parse(CONTRACT))


def test_fields_and_personal_paths_come_from_the_schemas(agreement: Agreement) -> None:
    assert agreement.input_fields == ("subject", "text", "weight", "channel", "sender")
    assert agreement.output_fields == ("category", "is_urgent")
    assert agreement.required_output_fields == {"category"}
    assert agreement.personal_input_paths == {"subject", "text", "sender.name"}
    assert agreement.personal_output_fields == frozenset()


def test_a_payload_that_fits_has_no_errors(agreement: Agreement) -> None:
    payload = {"text": "Where is it?", "weight": 1.5, "sender": {"name": "Ann"}}
    assert agreement.payload_errors(payload) == {}


SECRET = "4111-1111-secret"


@pytest.mark.parametrize(
    ("payload", "path", "reason"),
    [
        ({}, "text", "is required"),
        ({"text": SECRET, "extra": SECRET}, "extra", "is not a known field"),
        ({"text": ""}, "text", "at least 1 characters"),
        ({"text": SECRET, "subject": SECRET * 9}, "subject", "at most 50 characters"),
        ({"text": [SECRET]}, "text", "type string"),
        ({"text": SECRET, "channel": SECRET}, "channel", "not one of the allowed values"),
        ({"text": SECRET, "weight": -1}, "weight", "at least 0"),
        ({"text": SECRET, "weight": SECRET}, "weight", "type number"),
        ({"text": SECRET, "sender": {"name": 5}}, "sender.name", "type string"),
        ({"text": SECRET + "\0"}, "text", "NUL"),
        ({"text": SECRET + "\ud800"}, "text", "Unicode"),
        ({"text": SECRET, "bad\0": 1}, "", "field name"),
        ({"text": SECRET, "weight": float("inf")}, "weight", "finite"),
        ({"text": SECRET, "weight": 2**60}, "weight", "9007199254740991"),
        ({"text": b"x"}, "text", "not a JSON value"),
        ([SECRET], "", "type object"),
        (None, "", "type object"),
    ],
)
def test_errors_name_path_and_rule_but_never_the_value(
    agreement: Agreement, payload: Any, path: str, reason: str
) -> None:
    errors = agreement.payload_errors(payload)
    assert reason in errors[path]
    assert SECRET not in str(errors)


def test_output_errors(agreement: Agreement) -> None:
    assert agreement.output_errors({"category": "late"}) == {}
    assert agreement.output_errors({"category": "x"}) == {
        "category": "is not one of the allowed values"
    }


def test_the_first_segment_that_holds_is_taken_and_else_the_default(agreement: Agreement) -> None:
    heavy = agreement.segment_of({"text": "x", "weight": 31}, {})
    assert (heavy.name, heavy.risk) == ("heavy", "high")
    assert agreement.needs_second_review(heavy)
    default = agreement.segment_of({"text": "x"}, {})
    assert (default.name, default.risk) == ("default", "low")
    assert not agreement.needs_second_review(default)
    assert agreement.knows_segment("heavy")
    assert agreement.knows_segment("default")
    assert not agreement.knows_segment("light")


def test_failed_checks_are_those_that_do_not_hold(agreement: Agreement) -> None:
    def failed(category: str) -> list[str]:
        found = agreement.failed_checks(
            item={}, input={}, output={"category": category}, day=date(2026, 1, 31)
        )
        return [one.name for one, _ in found]

    assert failed("lost") == ["lost_needs_a_person"]
    assert failed("late") == []


def test_queue_for_a_kind(agreement: Agreement) -> None:
    assert agreement.queue_for("manual").name == "desk"
    assert agreement.queue_for("compliance").role == "compliance_officer"
    with pytest.raises(LookupError):
        agreement.queue_for("unknown")


def test_headline_is_the_title_field(agreement: Agreement) -> None:
    assert agreement.headline({"subject": "Parcel 7", "text": "x"}) == "Parcel 7"
    assert agreement.headline({"text": "x"}) == ""


def test_effects_hold_either_a_compensation_or_the_reason_why_not(agreement: Agreement) -> None:
    tell, letter = agreement.effects
    assert tell.compensation == {"parcel": "$item.external_id", "undo": True}
    assert tell.irreversible is None
    assert letter.compensation is None
    assert letter.irreversible == "It is in the post."


def test_rendering_keeps_types_and_makes_missing_values_null() -> None:
    template = {
        "id": "$item.external_id",
        "amount": "$input.amount",
        "deep": {"list": ["$output.is_urgent", "$input.sender.name", "$input.gone.deeper", 5]},
        "price": "$$5",
        "plain": "costs $input.amount",
    }
    rendered = render_body(
        template,
        item={"external_id": "A-1"},
        input={"amount": 12.5, "sender": {"name": "Ann"}},
        output={"is_urgent": False},
    )
    assert rendered == {
        "id": "A-1",
        "amount": 12.5,
        "deep": {"list": [False, "Ann", None, 5]},
        "price": "$5",
        "plain": "costs $input.amount",
    }


def test_a_payload_cannot_smuggle_a_reference_into_a_body() -> None:
    rendered = render_body(
        {"text": "$input.text"}, item={}, input={"text": "$output.secret"}, output={"secret": 1}
    )
    assert rendered == {"text": "$output.secret"}


@pytest.mark.django_db
def test_fields_stay_in_the_authors_order_through_the_database() -> None:
    """jsonb orders keys by length and name; people see them as the contract lists them."""
    from tests.factories import make_process

    process = make_process()
    agreement = agreement_of(process.contract_id)
    assert agreement.input_fields == ("subject", "text", "channel", "amount")
    stored = list(process.contract.body["input"]["schema"]["properties"])
    assert stored != ["subject", "text", "channel", "amount"]
