"""How long handling takes, kept as counts in bins: a median of a month without its decisions.

A bin is 10% wider than the one before, so that a quantile read from it is at most 5% off, at any
length. Source: DDSketch, Masson, Rim, Lee, VLDB 2019, with a fixed base.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping

BASE = 1.1


def bin_of(seconds: int) -> int:
    """The bin of a time of at least a second: BASE**(bin - 1) < seconds <= BASE**bin."""
    return math.ceil(math.log(max(1, seconds), BASE) - 1e-9)


def middle_of(bin_: int) -> float:
    """The value in seconds that is at most 5% from any in the bin."""
    return 2 * BASE**bin_ / (1 + BASE)


def quantile(bins: Mapping[int, int], share: float) -> float | None:
    """The time in seconds that this share of handling stays within; None without any."""
    total = sum(bins.values())
    if total == 0:
        return None
    rank = share * (total - 1)
    seen = 0
    for bin_, count in sorted(bins.items()):
        seen += count
        if seen > rank:
            return middle_of(bin_)
    raise AssertionError("the counts changed")


def together(many: Iterable[Mapping[str, int]]) -> dict[int, int]:
    """Bins as they are stored, `{"31": 4}`, added up."""
    total: Counter[int] = Counter()
    for bins in many:
        for bin_, count in bins.items():
            total[int(bin_)] += count
    return dict(total)
