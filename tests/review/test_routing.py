"""Policy as a pure function: which condition wins, what is said, what can never happen."""

import uuid
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.routing import (
    CandidateView,
    FailedCheck,
    FieldBand,
    Outcome,
    Reason,
    Situation,
    Stage,
    route,
    sample_point,
)
from review.routing.words import sentence

CONFIDENT = CandidateView({"category": 0.97}, {"category": "class_probability"})
SITUATION = Situation(
    stage=Stage.FULL,
    risk="low",
    segment="default",
    bands={"category": FieldBand(automatic=0.9, manual=0.2)},
    required_fields=frozenset({"category"}),
    candidate=CONFIDENT,
)


def with_confidence(value, source="class_probability", **changes):
    view = CandidateView({"category": value}, {"category": source})
    return replace(SITUATION, candidate=view, **changes)


def codes(decision):
    return [reason.code for reason in decision.reasons]


def test_a_confident_candidate_acts_alone_at_full_stage():
    decision = route(SITUATION)
    assert decision.outcome == Outcome.AUTOMATIC
    assert codes(decision) == ["all_fields_in_band"]
    assert decision.reasons[0].numbers == {"lowest": 0.97}


def test_the_band_is_inclusive():
    assert route(with_confidence(0.9)).outcome == Outcome.AUTOMATIC
    assert route(with_confidence(0.8999)).outcome == Outcome.REVIEW


def test_below_the_floor_people_decide_without_the_candidate():
    decision = route(with_confidence(0.1))
    assert decision.outcome == Outcome.MANUAL
    assert decision.is_blind
    assert codes(decision) == ["field_below_floor"]


@pytest.mark.parametrize("source", ["self_reported", "none"])
def test_a_models_own_word_is_never_enough(source):
    decision = route(with_confidence(1.0, source))
    assert decision.outcome == Outcome.REVIEW
    assert codes(decision) == ["confidence_weak"]


def test_missing_confidence_asks_for_review():
    assert codes(route(with_confidence(None))) == ["confidence_missing"]


@pytest.mark.parametrize(
    ("stage", "risk", "outcome"),
    [
        ("shadow", "low", "manual"),
        ("assisted", "low", "review"),
        ("partial", "low", "automatic"),
        ("partial", "medium", "review"),
        ("partial", "high", "review"),
        ("full", "low", "automatic"),
        ("full", "high", "automatic"),
    ],
)
def test_the_stage_is_obeyed(stage, risk, outcome):
    decision = route(replace(SITUATION, stage=Stage(stage), risk=risk))
    assert decision.outcome == outcome


def test_shadow_hides_the_candidate():
    assert route(replace(SITUATION, stage=Stage.SHADOW)).is_blind


def test_all_reasons_are_listed_and_the_strictest_wins():
    checks = (
        FailedCheck("limit", "Over the limit.", Outcome.REVIEW),
        FailedCheck("sanctions", "Name on the list.", Outcome.COMPLIANCE),
    )
    decision = route(with_confidence(0.5, failed_checks=checks, stage=Stage.ASSISTED))
    assert decision.outcome == Outcome.COMPLIANCE
    assert codes(decision) == ["field_below_band", "check_failed", "check_failed", "stage_assisted"]
    assert not decision.is_blind


def test_a_compliance_gate_holds_where_the_model_is_unsure_too():
    gate = FailedCheck("fraud", "Fraud passes compliance.", Outcome.COMPLIANCE)
    decision = route(with_confidence(0.1, failed_checks=(gate,)))
    assert decision.outcome == Outcome.COMPLIANCE
    assert decision.is_blind  # the candidate stays aside
    assert codes(decision) == ["field_below_floor", "check_failed"]
    sure = route(with_confidence(0.99, failed_checks=(gate,)))
    assert (sure.outcome, sure.is_blind) == (Outcome.COMPLIANCE, False)


def test_no_candidate_is_manual_with_the_given_reason():
    reason = Reason("candidate_failed", {"error": "transient", "attempts": 4})
    decision = route(replace(SITUATION, candidate=None, no_candidate=reason))
    assert decision.outcome == Outcome.MANUAL
    assert decision.reasons == (reason,)


def test_sampling_is_by_rate_and_only_of_automatic_items():
    sampled = route(replace(SITUATION, quality_sample_rate=0.1, sample_point=0.0999))
    assert sampled.outcome == Outcome.AUTOMATIC
    assert sampled.is_sampled
    assert not route(replace(SITUATION, quality_sample_rate=0.1, sample_point=0.1)).is_sampled
    assert not route(with_confidence(0.5, quality_sample_rate=1.0, sample_point=0.0)).is_sampled


def test_sample_points_are_fixed_and_spread_evenly():
    ids = [uuid.UUID(int=n) for n in range(4000)]
    points = [sample_point(one) for one in ids]
    assert points == [sample_point(one) for one in ids]
    assert all(0 <= point < 1 for point in points)
    # 5% of 4,000 is 200 with a standard deviation of 13.8; five of those either way.
    assert 131 <= sum(point < 0.05 for point in points) <= 269


confidences = st.one_of(st.none(), st.floats(0, 1))


@given(
    values=st.dictionaries(st.sampled_from("abcd"), confidences),
    source=st.sampled_from(["class_probability", "token_logprob", "self_reported", "none"]),
    stage=st.sampled_from(list(Stage)),
    risk=st.sampled_from(["low", "medium", "high"]),
    check=st.sampled_from([None, Outcome.REVIEW, Outcome.COMPLIANCE, Outcome.MANUAL]),
    rate=st.floats(0, 1),
)
def test_nothing_acts_alone_unless_every_condition_allows_it(
    values, source, stage, risk, check, rate
):
    bands = {name: FieldBand(0.8, 0.3) for name in "abcd"}
    situation = Situation(
        stage=stage,
        risk=risk,
        segment="default",
        bands=bands,
        required_fields=frozenset("abcd"),
        candidate=CandidateView(values, dict.fromkeys(values, source)),
        failed_checks=() if check is None else (FailedCheck("c", "m", check),),
        quality_sample_rate=rate,
        sample_point=0.5,
    )
    decision = route(situation)
    allowed = (
        set(values) == set("abcd")
        and all(value is not None and value >= 0.8 for value in values.values())
        and source in {"class_probability", "token_logprob"}
        and check is None
        and (stage == Stage.FULL or (stage == Stage.PARTIAL and risk == "low"))
    )
    assert (decision.outcome == Outcome.AUTOMATIC) == allowed
    assert decision.reasons
    for reason in decision.reasons:
        words = sentence(reason.as_dict())
        assert words
        assert words != reason.code
