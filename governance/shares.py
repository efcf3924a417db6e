"""Shares of few cases, said with how little they say."""

import math
from dataclasses import dataclass

Z = 1.959964  # two sides, 95%
ENOUGH = 20  # below, an interval is so wide that only "too few to say" is honest


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, with the ends of its 95% interval; all shares are from 0 to 1."""

    part: int
    whole: int
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.part / self.whole if self.whole else 0.0

    @property
    def is_enough(self) -> bool:
        return self.whole >= ENOUGH


def share(part: int, whole: int) -> Share:
    """A share with its interval by Wilson. Raises ValueError unless 0 <= part <= whole.

    Source: Wilson, JASA 22 (1927); Brown, Cai, DasGupta, Statistical Science 16 (2001).
    """
    if not 0 <= part <= whole:
        raise ValueError("part is not within whole")
    if whole == 0:
        return Share(0, 0, 0.0, 1.0)
    p = part / whole
    spread = 1 + Z * Z / whole
    middle = (p + Z * Z / (2 * whole)) / spread
    half = Z * math.sqrt(p * (1 - p) / whole + Z * Z / (4 * whole * whole)) / spread
    low = 0.0 if part == 0 else max(0.0, middle - half)
    high = 1.0 if part == whole else min(1.0, middle + half)
    return Share(part, whole, low, high)
