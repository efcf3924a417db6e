"""How well stated confidence fits what people decided; plain Python, no numerical library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

MOST_BINS = 10
LEAST_IN_A_BIN = 20  # fewer say nothing about a share

Scored = tuple[float, bool]  # stated confidence, from 0 to 1, and whether it was right


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of neighbouring confidence: their range, number, mean confidence, those right."""

    low: float
    high: float
    count: int
    confidence: float
    right: int


def brier(scored: Sequence[Scored]) -> float:
    """Mean squared gap between confidence and outcome: 0 is perfect, 1 the worst.

    Raises ValueError for none. Source: Brier, Monthly Weather Review 78 (1950).
    """
    if not scored:
        raise ValueError("there is nothing to score")
    return sum((confidence - right) ** 2 for confidence, right in scored) / len(scored)


def bins(scored: Sequence[Scored]) -> list[Bin]:
    """Bins of equal mass in order of confidence, but for answers of equal confidence.

    Those stay together: split, they would lie in either bin by chance. At most MOST_BINS, and so
    few that each holds LEAST_IN_A_BIN, if there are that many at all.
    """
    ordered = sorted(scored, key=itemgetter(0))
    total = len(ordered)
    count = max(1, min(MOST_BINS, total // LEAST_IN_A_BIN))
    cuts = [0]
    for at in range(1, count):
        cut = total * at // count
        while cut < total and ordered[cut][0] == ordered[cut - 1][0]:
            cut += 1
        if cut - cuts[-1] >= LEAST_IN_A_BIN and total - cut >= LEAST_IN_A_BIN:
            cuts.append(cut)
    return [_bin(ordered[start:end]) for start, end in pairwise([*cuts, total]) if end > start]


def _bin(part: Sequence[Scored]) -> Bin:
    mean = sum(confidence for confidence, _ in part) / len(part)
    return Bin(part[0][0], part[-1][0], len(part), mean, sum(right for _, right in part))


def calibration_error(binned: Sequence[Bin]) -> float:
    """Mean gap between confidence and accuracy over bins, by their mass: 0 is perfect.

    Raises ValueError for no bins. Source: Nixon et al., Measuring Calibration in Deep Learning,
    2019 (adaptive, equal-mass bins).
    """
    total = sum(one.count for one in binned)
    if not total:
        raise ValueError("there are no bins")
    return sum(abs(one.confidence * one.count - one.right) for one in binned) / total
