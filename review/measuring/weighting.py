"""Shares of a whole of which parts were seen with known probability.

What people decide on is seen whole (rate 1); of what a model decided alone a share is drawn, each
item by itself, with the rate of its contract. An item seen at rate r stands for 1/r items
(Horvitz and Thompson); shares are of the estimated whole (Hájek), so that they stay within 0 and 1.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from governance.shares import Z, share


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with the ends of its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(slots=True)
class Strata:
    """How many were seen at each rate, and of how many it holds."""

    seen: Counter[float] = field(default_factory=Counter)
    holds: Counter[float] = field(default_factory=Counter)

    def add(self, rate: float, does_hold: bool) -> None:
        """Raises ValueError for a rate that is not above 0 and at most 1."""
        if not 0 < rate <= 1:
            raise ValueError("a rate is above 0 and at most 1")
        self.seen[rate] += 1
        self.holds[rate] += does_hold

    @classmethod
    def of(cls, cases: Iterable[tuple[float, bool]]) -> Strata:
        """From (rate, whether it holds)."""
        made = cls()
        for rate, does_hold in cases:
            made.add(rate, does_hold)
        return made


def estimate(strata: Strata) -> Estimate:
    """The share of the whole of which it holds, with its interval.

    Each stratum has an interval by Wilson, which stays honest where nothing was found yet; they are
    joined by variance recovery (Zou and Donner, Statistics in Medicine 27, 2008), to which comes
    what the strata's own sizes vary, since it is chance how many come and how many are drawn.
    Nothing seen gives 0 within 0 and 1.
    """
    mass = {rate: count / rate for rate, count in strata.seen.items()}
    whole = sum(mass.values())
    if not whole:
        return Estimate(0.0, 0.0, 1.0)
    parts = {rate: share(strata.holds[rate], count) for rate, count in strata.seen.items()}
    value = sum(mass[rate] * one.value for rate, one in parts.items()) / whole
    of_sizes = sum(
        count / rate**2 * (parts[rate].value - value) ** 2 for rate, count in strata.seen.items()
    )
    sizes = Z * Z * of_sizes / whole**2
    below, above = sizes, sizes
    for rate, one in parts.items():
        part = (mass[rate] / whole) ** 2
        below += part * (one.value - one.low) ** 2
        above += part * (one.high - one.value) ** 2
    low = max(0.0, value - math.sqrt(below))
    return Estimate(value, low, min(1.0, value + math.sqrt(above)))
