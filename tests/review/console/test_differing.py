"""What a request changes, as somebody reads it who is no engineer."""

import pytest

from review.console import differing

REPORT = {
    "contract": 1,
    "rows": 1500,
    "fields": [
        {
            "field": "category",
            "rows": 1500,
            "accuracy": 0.9233333333333333,
            "calibration_error": 0.025766912739912717,
            "rare_classes": ['"general_question"', "true"],
        },
        {"field": "amount", "accuracy": 0.5, "above_interval": [0.9559229124118818, 0.99683]},
    ],
}


def version(number, **changes):
    return {
        "model": "local",
        "number": number,
        "digest": str(number) * 64,
        "config": {},
        "report": REPORT,
        "card": None,
        **changes,
    }


def rows(before, after, kind="version", **options):
    """(label, old, new) of each place."""
    return [
        (one.label, *("\n".join(piece.text for piece in side) for side in (one.old, one.new)))
        for one in differing.beside(before, after, kind=kind, **options)
    ]


def test_figures_are_shares_with_one_place_under_their_field_and_what_they_are():
    found = rows(None, version(2), names={"category": "What it is about"})
    about = [(label, new) for label, _, new in found if label.startswith("What it is about")]
    assert about == [
        ("What it is about: accuracy on held-out examples", "92.3%"),
        ("What it is about: calibration error (0 is perfect)", "0.026"),
        ("What it is about: examples", "1,500"),
        (
            "What it is about: classes with too few examples to judge",
            "General question, yes",
        ),
    ]
    assert ("Amount: 95% interval of it", "", "95.6% to 99.7%") in found
    labels = [label for label, _, _ in found]
    assert labels[0] == "Model"
    assert labels[-1] == "Digest"
    assert labels.index("Trained for contract") < labels.index("What it is about: examples")
    assert labels.index("What it is about: examples") < labels.index("Amount: 95% interval of it")


def test_figures_that_differ_are_told_apart_however_near_they_are():
    nearly = {**REPORT, "fields": [{**REPORT["fields"][0], "accuracy": 0.9233933}]}
    found = rows(version(1, report=nearly), version(1))
    assert ("Category: accuracy on held-out examples", "92.34%", "92.33%") in found


def test_a_card_that_comes_about_is_not_said_to_go():
    card = {"revision": 3, "digest": "c" * 64, "missing": 2}
    found = rows(version(1), version(2, card=card))
    assert [one for one in found if one[0].startswith("Model card")] == [
        ("Model card, revision", "", "3"),
        ("Model card, required fields that are missing", "", "2"),
        ("Model card, digest", "", "c" * 64),
    ]
    assert ("Model card", "none", "") not in found


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        (0.9, "0.9"),
        ("1.10", "1.10"),
        ("0" * 64, "0" * 64),
        ("12e4" * 16, "12e4" * 16),
        ("[0-9]+", "[0-9]+"),
        (0.30000000000000004, "0.3"),
        (True, "yes"),
        (["a", "b"], "a, b"),
        ([{"a": 1, "b": 2}, {"a": 3}], '[{"a": 1, "b": 2}, {"a": 3}]'),
        ([], "none"),
    ],
)
def test_what_a_person_wrote_stays_as_it_is(recorded, shown):
    assert rows(None, {"setting": recorded}, kind="contract") == [("Setting", "", shown)]


def test_places_of_a_contract_are_words():
    before = {"queues": [{"name": "triage", "lease_seconds": 30}]}
    after = {"queues": [{"name": "triage", "lease_seconds": 60}]}
    assert rows(before, after, kind="contract") == [("Queues › triage › Lease seconds", "30", "60")]


def test_what_is_not_erased_by_age_is_said_to_be_kept():
    found = rows({"notes": None}, {"notes": 90}, kind="retention")
    assert found == [("Notes", "kept", "90 days")]


def test_a_report_that_says_what_it_likes_is_shown_all_the_same():
    odd = {"fields": [{"field": "x", "accuracy": "high", "above_interval": 3}], "notes": "n"}
    found = rows(None, version(1, report=odd))
    assert ("X: accuracy on held-out examples", "", "high") in found
    assert ("X: 95% interval of it", "", "3") in found
    assert ("Notes", "", "n") in found


def test_what_is_signed_stays_at_hand():
    (accuracy,) = [
        one
        for one in differing.beside(None, version(1), kind="version")
        if one.label == "Category: accuracy on held-out examples"
    ]
    assert accuracy.is_reworded
    assert accuracy.recorded.path == "report.fields[category].accuracy"
    assert accuracy.recorded.new == "0.9233333333333333"
