"""What was found about a candidate or its documents: it makes a route stricter and never milder."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.routing import (
    CandidateView,
    FailedCheck,
    FieldBand,
    Finding,
    Outcome,
    Reason,
    Situation,
    Stage,
    route,
)
from review.routing.words import DETAILS, REFUSALS, detail, sentence

SITUATION = Situation(
    stage=Stage.FULL,
    risk="low",
    segment="default",
    bands={"total": FieldBand(automatic=0.9, manual=0.2)},
    required_fields=frozenset({"total"}),
    candidate=CandidateView({"total": 1.0}, {"total": "structured"}),
)
STRICTNESS = [Outcome.AUTOMATIC, Outcome.REVIEW, Outcome.MANUAL, Outcome.COMPLIANCE]
CODES = ["structured_disagrees", "ungrounded", "injection_suspected", "document_refused", "odd"]

findings = st.builds(
    Finding,
    st.sampled_from(CODES),
    st.fixed_dictionaries({"field": st.text(max_size=5)}),
    st.sampled_from(STRICTNESS),
)
situations = st.builds(
    replace,
    st.just(SITUATION),
    stage=st.sampled_from(list(Stage)),
    risk=st.sampled_from(["low", "medium", "high"]),
    candidate=st.sampled_from(
        [None, *[CandidateView({"total": one}, {"total": "structured"}) for one in (0.1, 0.5, 1.0)]]
    ),
    failed_checks=st.lists(
        st.builds(FailedCheck, st.just("c"), st.just("m"), st.sampled_from(STRICTNESS[1:])),
        max_size=2,
    ).map(tuple),
)


@pytest.mark.parametrize("code", CODES)
def test_a_single_finding_calls_a_person(code: str) -> None:
    assert route(SITUATION).outcome == Outcome.AUTOMATIC
    decision = route(replace(SITUATION, findings=(Finding(code, {"field": "total"}),)))
    assert decision.outcome == Outcome.REVIEW
    assert [one.code for one in decision.reasons] == [code]


@given(situation=situations, found=st.lists(findings, min_size=1, max_size=4))
def test_findings_only_ever_make_a_route_stricter(
    situation: Situation, found: list[Finding]
) -> None:
    before = route(situation)
    after = route(replace(situation, findings=tuple(found)))
    assert STRICTNESS.index(after.outcome) >= STRICTNESS.index(before.outcome)
    assert after.outcome != Outcome.AUTOMATIC
    assert after.is_blind or not before.is_blind
    told = [one.code for one in after.reasons]
    assert all(one.code in told for one in found)


def test_people_who_decide_unaided_are_told_of_the_documents() -> None:
    refused = Finding("document_refused", {"document": 2, "refusal": "encrypted"})
    without = replace(
        SITUATION, candidate=None, no_candidate=Reason("no_model"), findings=(refused,)
    )
    decision = route(without)
    assert (decision.outcome, decision.is_blind) == (Outcome.MANUAL, True)
    assert [sentence(one.as_dict()) for one in decision.reasons] == [
        "No model serves this process yet.",
        "Document 2 could not be read: it is protected by a password.",
    ]


def test_a_failed_check_names_its_fields_and_what_failed() -> None:
    check = FailedCheck(
        "sum",
        "The totals differ.",
        Outcome.REVIEW,
        ("net", "total"),
        "sum_differs",
        {"difference": "1.50"},
    )
    (reason,) = route(replace(SITUATION, failed_checks=(check,))).reasons
    assert reason.as_dict() == {
        "code": "check_failed",
        "check": "sum",
        "message": "The totals differ.",
        "fields": ["net", "total"],
        "detail": "sum_differs",
        "difference": "1.50",
    }
    assert detail(reason.as_dict()) == "the parts differ from the whole by 1.50"
    assert sentence(reason.as_dict()).endswith("(the parts differ from the whole by 1.50)")


def test_the_numbers_of_a_reason_cannot_take_its_code() -> None:
    assert Reason("document_refused", {"code": "fine"}).as_dict()["code"] == "document_refused"


NUMBERS: dict[str, Any] = {
    "element": "expiry date", "difference": "1.00", "days": 3, "years": 18,
    "line": 4, "list": "list.csv", "score": 0.918, "document": 1, "field": "total",
}  # fmt: skip


@pytest.mark.parametrize("code", DETAILS)
def test_each_detail_is_a_sentence(code: str) -> None:
    assert "{" not in detail({"detail": code, **NUMBERS})
    assert detail({"detail": code, **NUMBERS})


@pytest.mark.parametrize(
    "code", [*CODES[:3], "mrz_repaired", "structured_unreadable", "documents_disagree"]
)
def test_each_finding_is_a_sentence(code: str) -> None:
    for numbers in (NUMBERS, {}):
        words = sentence({"code": code, **numbers})
        assert words != code
        assert words[0].isupper() or words.startswith("total: ")
        assert words.endswith(".")
        assert "{" not in words


@pytest.mark.parametrize("refusal", [*REFUSALS, "new_code"])
def test_each_refusal_is_said(refusal: str) -> None:
    words = sentence({"code": "document_refused", "document": 1, "refusal": refusal})
    assert words.startswith("Document 1 could not be read: ")
