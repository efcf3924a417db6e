"""How well stated confidence fits what people decided; plain Python, no numerical library.

Answers count by the rate at which they were seen (measuring.weighting).
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

from review.measuring.weighting import Estimate, Strata

MOST_BINS = 10
LEAST_IN_A_BIN = 20  # fewer say nothing about a share
DRAWS = 2_000
SEED = 20_261  # so that the same answers give the same interval


class Scored(NamedTuple):
    """Stated confidence, from 0 to 1, whether it was right, and the rate at which it was seen."""

    confidence: float
    right: bool
    rate: float = 1.0

    @property
    def weight(self) -> float:
        return 1 / self.rate


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of neighbouring confidence: their range, number, how many they stand for (mass),
    mean confidence and accuracy by mass, and how far chance moves the gap between the two:
    as it was seen (spread), and were confidence true (spread_if_true), as standard errors."""

    low: float
    high: float
    count: int
    mass: float
    confidence: float
    accuracy: float
    right: int
    spread: float
    spread_if_true: float
    strata: Strata

    @property
    def gap(self) -> float:
        return self.confidence - self.accuracy


def brier(scored: Sequence[Scored]) -> float:
    """Mean squared gap between confidence and outcome: 0 is perfect, 1 the worst.

    Raises ValueError for none. Source: Brier, Monthly Weather Review 78 (1950).
    """
    if not scored:
        raise ValueError("there is nothing to score")
    mass = math.fsum(one.weight for one in scored)
    return math.fsum(one.weight * (one.confidence - one.right) ** 2 for one in scored) / mass


def bins(scored: Sequence[Scored]) -> list[Bin]:
    """Bins of equal mass in order of confidence, but for answers of equal confidence.

    Those stay together: split, they would lie in either bin by chance. At most MOST_BINS, and so
    few that each holds LEAST_IN_A_BIN, if there are that many at all.
    """
    ordered = sorted(scored, key=lambda one: one.confidence)
    total = len(ordered)
    count = max(1, min(MOST_BINS, total // LEAST_IN_A_BIN))
    before = list(accumulate((one.weight for one in ordered), initial=0.0))
    cuts = [0]
    for at in range(1, count):
        cut = bisect_right(before, before[-1] * at / count * (1 + 1e-12)) - 1
        while 0 < cut < total and ordered[cut].confidence == ordered[cut - 1].confidence:
            cut += 1
        if cut - cuts[-1] >= LEAST_IN_A_BIN and total - cut >= LEAST_IN_A_BIN:
            cuts.append(cut)
    return [_bin(ordered[start:end]) for start, end in pairwise([*cuts, total]) if end > start]


def _bin(part: Sequence[Scored]) -> Bin:
    mass = math.fsum(one.weight for one in part)
    confidence = math.fsum(one.weight * one.confidence for one in part) / mass
    accuracy = math.fsum(one.weight * one.right for one in part) / mass
    gap = confidence - accuracy
    seen = math.fsum((one.weight * (one.confidence - one.right - gap)) ** 2 for one in part)
    true = math.fsum(one.weight**2 * one.confidence * (1 - one.confidence) for one in part)
    spread_if_true = math.sqrt(true) / mass
    return Bin(
        low=part[0].confidence,
        high=part[-1].confidence,
        count=len(part),
        mass=mass,
        confidence=confidence,
        accuracy=accuracy,
        right=sum(one.right for one in part),
        # All right or all wrong shows no spread, which is not to say that there is none.
        spread=max(math.sqrt(seen) / mass, spread_if_true),
        spread_if_true=spread_if_true,
        strata=Strata.of((one.rate, one.right) for one in part),
    )


def calibration_error(binned: Sequence[Bin]) -> float:
    """Mean gap between confidence and accuracy over bins, by their mass: 0 is perfect.

    Raises ValueError for no bins. Source: Nixon et al., Measuring Calibration in Deep Learning,
    2019 (adaptive, equal-mass bins).
    """
    return _error(binned, [one.gap for one in binned])


def calibration(binned: Sequence[Bin]) -> Estimate:
    """The calibration error without what chance alone makes of it, with its 95% interval.

    A mean of absolute gaps is never 0, also where confidence is true. By a parametric bootstrap of
    the bins' gaps: twice the value less the draws (basic interval), so that this bias is taken
    off. The interval reaches up to the draws' own end, where that is farther, and down to 0 where
    a true confidence would often give as much (Bröcker and Smith, Weather and Forecasting 22,
    2007). Raises ValueError for no bins.
    """
    value = calibration_error(binned)
    draw = random.Random(SEED)  # noqa: S311  no secret hangs on it
    seen, if_true = [], []
    for _ in range(DRAWS):
        seen.append(_error(binned, [draw.gauss(one.gap, one.spread) for one in binned]))
        if_true.append(_error(binned, [draw.gauss(0.0, one.spread_if_true) for one in binned]))
    seen.sort()
    if_true.sort()
    last = DRAWS - 1
    least, most = seen[round(0.025 * last)], seen[round(0.975 * last)]
    corrected = max(0.0, 2 * value - math.fsum(seen) / DRAWS)
    low = max(0.0, 2 * value - most)
    if value <= if_true[round(0.975 * last)]:
        low = 0.0
    return Estimate(corrected, min(low, corrected), min(1.0, max(most, 2 * value - least)))


def _error(binned: Sequence[Bin], gaps: Sequence[float]) -> float:
    total = math.fsum(one.mass for one in binned)
    if not total:
        raise ValueError("there are no bins")
    return math.fsum(one.mass * abs(gap) for one, gap in zip(binned, gaps, strict=True)) / total
