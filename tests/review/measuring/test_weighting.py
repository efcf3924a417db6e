"""Weighted measures against simulated truth, where the share that is judged depends on confidence.

What a model decides alone is judged at a rate of 5%, all else by people: as in a process at stage
full. The plain share of what was judged is far off there; the weighted one is not.
"""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.shares import share
from review.measuring.scores import MOST_BINS, Scored, bins, brier, calibration, calibration_error
from review.measuring.weighting import Strata, estimate

RATE, BAND = 0.05, 0.9
ITEMS, TIMES = 3_000, 200


def true_as_stated(confidence):
    return confidence


def too_sure(confidence):
    """Right less often than it says, by 0.1 at the most."""
    return confidence - 0.1 * (1 - abs(2 * confidence - 1)) - 0.02 * confidence


def items(draw, truth, count=ITEMS):
    """(confidence, whether it is right) of a model that is mostly sure."""
    for _ in range(count):
        confidence = 1 - 0.5 * draw.random() ** 2
        yield confidence, draw.random() < truth(confidence)


def judged(draw, everything):
    """What people get to see of it."""
    for confidence, right in everything:
        rate = RATE if confidence >= BAND else 1.0
        if draw.random() < rate:
            yield Scored(confidence, right, rate)


def expected(truth, of):
    """The mean of something over very many items: the truth."""
    draw = random.Random(1)
    made = [1 - 0.5 * draw.random() ** 2 for _ in range(200_000)]
    return sum(of(one, truth(one)) for one in made) / len(made)


@pytest.mark.parametrize("truth", [true_as_stated, too_sure])
def test_the_interval_holds_the_true_error_rate_about_as_often_as_it_says(truth):
    wanted = expected(truth, lambda _, right: 1 - right)
    hits = plain_hits = 0
    values = []
    for seed in range(TIMES):
        draw = random.Random(seed)
        seen = list(judged(draw, items(draw, truth)))
        found = estimate(Strata.of((one.rate, not one.right) for one in seen))
        values.append(found.value)
        hits += found.low <= wanted <= found.high
        plain = share(sum(not one.right for one in seen), len(seen))
        plain_hits += plain.low <= wanted <= plain.high
    assert hits >= 0.91 * TIMES  # 95% within what 200 trials tell
    assert sum(values) / TIMES == pytest.approx(wanted, rel=0.03)
    assert plain_hits == 0  # or this test would not need the weights


def test_no_error_among_few_samples_is_no_proof_that_there_is_none():
    """Ninety samples at 5% stand for 1,800 items; none of them wrong, up to 4% may be."""
    seen = [(RATE, False)] * 90 + [(1.0, True)] * 60 + [(1.0, False)] * 140
    found = estimate(Strata.of(seen))
    assert found.value == pytest.approx(60 / 2000)
    assert found.high > found.value + 0.9 * 0.04
    assert 0 < found.low < found.value


@given(st.integers(0, 300), st.integers(0, 300))
def test_where_all_was_seen_it_is_the_plain_share(part, more):
    strata = Strata.of([(1.0, True)] * part + [(1.0, False)] * more)
    found, plain = estimate(strata), share(part, part + more)
    assert (found.value, found.low) == pytest.approx((plain.value, plain.low))
    assert found.high == pytest.approx(plain.high)


@given(st.lists(st.tuples(st.floats(0.001, 1), st.booleans()), max_size=60))
def test_an_estimate_lies_in_its_interval_and_that_within_0_and_1(cases):
    found = estimate(Strata.of(cases))
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1


@pytest.mark.parametrize("rate", [0, -1, 1.1])
def test_a_rate_that_is_none_is_an_error(rate):
    with pytest.raises(ValueError, match="rate"):
        Strata().add(rate, True)


def test_the_brier_score_is_that_of_all_items():
    wanted = expected(too_sure, lambda said, right: right * (1 - said) ** 2 + (1 - right) * said**2)
    weighted, plain = [], []
    for seed in range(TIMES):
        draw = random.Random(seed)
        seen = list(judged(draw, items(draw, too_sure)))
        weighted.append(brier(seen))
        plain.append(brier([one._replace(rate=1.0) for one in seen]))
    assert sum(weighted) / TIMES == pytest.approx(wanted, rel=0.03)
    assert sum(plain) / TIMES > 1.3 * wanted


def test_bins_have_equal_mass_and_not_equal_numbers():
    draw = random.Random(5)
    found = bins(list(judged(draw, items(draw, too_sure, 40_000))))
    assert len(found) == MOST_BINS
    mean = sum(one.mass for one in found) / MOST_BINS
    assert all(abs(one.mass - mean) <= 2 / RATE for one in found)
    assert max(one.count for one in found) > 5 * min(one.count for one in found)
    assert all(before.high < after.low for before, after in pairwise(found))


CALIBRATION_TIMES = 60


@pytest.mark.parametrize("truth", [true_as_stated, too_sure])
def test_the_interval_holds_the_true_calibration_error(truth):
    wanted = expected(truth, lambda said, right: abs(said - right))
    hits, values, plain = 0, [], []
    for seed in range(CALIBRATION_TIMES):
        draw = random.Random(seed)
        binned = bins(list(judged(draw, items(draw, truth))))
        found = calibration(binned)
        hits += found.low <= wanted <= found.high
        values.append(found.value)
        plain.append(calibration_error(binned))
    assert hits >= 0.9 * CALIBRATION_TIMES
    mean, uncorrected = sum(values) / len(values), sum(plain) / len(plain)
    assert abs(mean - wanted) < abs(uncorrected - wanted)
    assert abs(mean - wanted) < 0.015


def test_a_confidence_that_is_far_off_is_told_from_a_true_one():
    draw = random.Random(2)
    seen = [Scored(0.95, draw.random() < 0.7) for _ in range(400)]
    found = calibration(bins(seen))
    assert 0.15 < found.low < 0.25 < found.high < 0.35


def test_the_same_answers_give_the_same_interval():
    seen = [Scored(0.5 + one / 1000, one % 3 > 0) for one in range(400)]
    assert calibration(bins(seen)) == calibration(bins(seen))
