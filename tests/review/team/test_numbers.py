"""Shares with intervals, handle times in bins: pure."""

import random

import pytest

from governance.shares import share
from review.team.handling import bin_of, middle_of, quantile, together


@pytest.mark.parametrize("seconds", [1, 2, 7, 59, 60, 61, 599, 3600, 86_400])
def test_a_bin_tells_a_time_within_five_per_cent(seconds):
    assert middle_of(bin_of(seconds)) == pytest.approx(seconds, rel=0.05)


def test_a_quantile_is_that_of_the_times_within_five_per_cent():
    drawn = random.Random(4)
    times = [max(1, int(drawn.lognormvariate(4, 1))) for _ in range(2001)]
    bins = {}
    for one in times:
        bins[bin_of(one)] = bins.get(bin_of(one), 0) + 1
    for part in (0.5, 0.9):
        assert quantile(bins, part) == pytest.approx(sorted(times)[int(part * 2000)], rel=0.06)
    assert quantile({}, 0.5) is None


def test_stored_bins_add_up():
    assert together([{"3": 2}, {"3": 1, "9": 4}]) == {3: 3, 9: 4}


def test_the_interval_is_wilsons():
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81 of 263 and 15 of 148.
    first, second = share(81, 263), share(15, 148)
    assert (round(first.low, 4), round(first.high, 4)) == (0.2553, 0.3662)
    assert (round(second.low, 4), round(second.high, 4)) == (0.0624, 0.1605)


@pytest.mark.parametrize("whole", [1, 5, 20, 500])
def test_an_interval_holds_its_share_and_ends_at_0_and_1(whole):
    for part in range(whole + 1):
        one = share(part, whole)
        assert 0 <= one.low <= one.value <= one.high <= 1
    assert share(0, whole).low == 0
    assert share(whole, whole).high == 1


def test_few_cases_are_too_few_to_say():
    assert not share(3, 19).is_enough
    assert share(3, 20).is_enough
    assert (share(0, 0).low, share(0, 0).high) == (0, 1)
    with pytest.raises(ValueError, match="within"):
        share(2, 1)
