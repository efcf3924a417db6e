"""Brier score and calibration error, against their definitions."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.measuring.scores import (
    LEAST_IN_A_BIN,
    MOST_BINS,
    Scored,
    bins,
    brier,
    calibration,
    calibration_error,
)

SCORED = st.lists(
    st.tuples(st.floats(0, 1), st.booleans()).map(lambda one: Scored(*one)), max_size=400
)


@given(SCORED)
def test_bins_hold_every_answer_once_in_order_and_none_too_few(scored):
    found = bins(scored)
    assert sum(one.count for one in found) == len(scored)
    assert sum(one.right for one in found) == sum(one.right for one in scored)
    assert len(found) <= MOST_BINS
    assert len(found) <= 1 or min(one.count for one in found) >= LEAST_IN_A_BIN
    assert all(before.high < after.low for before, after in pairwise(found))


@given(st.lists(st.floats(0, 1), unique=True, max_size=400))
def test_without_ties_the_bins_are_of_equal_mass(confidences):
    sizes = [one.count for one in bins([Scored(one, True) for one in confidences])]
    assert not sizes or max(sizes) - min(sizes) <= 1


@given(SCORED, st.randoms())
def test_the_order_of_answers_does_not_matter(scored, draw):
    shuffled = draw.sample(scored, len(scored))
    counted = [(one.low, one.high, one.count, one.right) for one in bins(scored)]
    assert [(one.low, one.high, one.count, one.right) for one in bins(shuffled)] == counted


@settings(deadline=None)  # the first example imports scikit-learn
@given(SCORED.filter(bool))
def test_scores_are_shares_and_agree_with_scikit_learn(scored):
    from sklearn.metrics import brier_score_loss

    value = brier(scored)
    confidence, right, _ = zip(*scored, strict=True)
    assert value == pytest.approx(brier_score_loss(right, confidence, labels=[False, True]))
    assert 0 <= calibration_error(bins(scored)) <= 1


def test_confidence_that_holds_has_no_error_and_certainty_that_fails_the_worst():
    half = [Scored(0.5, bool(number % 2)) for number in range(200)]
    assert calibration_error(bins(half)) == pytest.approx(0)
    wrong = [Scored(1.0, False)] * 40
    assert brier(wrong) == calibration_error(bins(wrong)) == 1


def test_the_error_is_that_of_the_local_providers_training():
    import random

    import numpy as np

    from integrations.providers.local.calibration import calibration_error as theirs

    draw = random.Random(3)
    scored = [Scored(one := draw.random(), draw.random() < one**2) for _ in range(200)]
    confidence, right, _ = map(np.array, zip(*sorted(scored), strict=True))
    assert calibration_error(bins(scored)) == pytest.approx(theirs(confidence, right, bins=10))


def test_nothing_to_score_is_an_error():
    with pytest.raises(ValueError, match="nothing"):
        brier([])
    for of in (calibration_error, calibration):
        with pytest.raises(ValueError, match="no bins"):
            of([])
