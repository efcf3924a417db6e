"""How well stated confidence fits what people decided; plain Python, no numerical library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

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
    """Bins of equal mass in order of confidence, their sizes at most one apart.

    At most MOST_BINS, and so few that each holds LEAST_IN_A_BIN, if there are that many at all.
    """
    ordered = sorted(scored)
    count = max(1, min(MOST_BINS, len(ordered) // LEAST_IN_A_BIN)) if ordered else 0
    cuts = [len(ordered) * at // count for at in range(count + 1)] if count else []
    found = []
    for start, end in pairwise(cuts):
        part = ordered[start:end]
        mean = sum(confidence for confidence, _ in part) / len(part)
        right = sum(right for _, right in part)
        found.append(Bin(part[0][0], part[-1][0], len(part), mean, right))
    return found


def calibration_error(binned: Sequence[Bin]) -> float:
    """Mean gap between confidence and accuracy over bins, by their mass: 0 is perfect.

    Raises ValueError for no bins. Source: Nixon et al., Measuring Calibration in Deep Learning,
    2019 (adaptive, equal-mass bins).
    """
    total = sum(one.count for one in binned)
    if not total:
        raise ValueError("there are no bins")
    return sum(abs(one.confidence * one.count - one.right) for one in binned) / total
