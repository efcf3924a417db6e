"""Fields that bind each other, chosen together: a net and a tax make a total."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from integrations.extraction.fields import Target

Chances = tuple[dict[str, float], float]

# Values a field that are tried together; three fields make a few hundred combinations.
_MOST = 6
_ROUNDING = Decimal("0.01")
# How much likelier a set of values is when the sum holds; training picks one of these.
BONUSES = (1.0, 3.0, 10.0, 30.0, 100.0)


@dataclass(frozen=True, slots=True)
class Sum:
    """Names of the fields of which the first two add up to the third."""

    parts: tuple[str, str]
    total: str

    @property
    def names(self) -> tuple[str, str, str]:
        return (*self.parts, self.total)


def sums_of(targets: Sequence[Target]) -> list[Sum]:
    by_term = {target.term: target.name for target in targets if target.kind == "amount"}
    if {"net_total", "tax_total", "gross_total"} <= by_term.keys():
        parts = (by_term["net_total"], by_term["tax_total"])
        return [Sum(parts, by_term["gross_total"])]
    return []


def together(
    chances: Mapping[str, Chances], sums: Sequence[Sum], bonus: float
) -> dict[str, Chances]:
    """The chances of each value given that sums tend to hold: marginals of the joint choice."""
    found = dict(chances)
    for one in sums:
        if bonus <= 1.0 or not all(name in chances for name in one.names):
            continue
        options = [_best(chances[name]) for name in one.names]
        marginals: list[dict[str | None, float]] = [{}, {}, {}]
        whole = 0.0
        for combination in itertools.product(*options):
            weight = combination[0].chance * combination[1].chance * combination[2].chance
            if _adds_up(*combination):
                weight *= bonus
            whole += weight
            for marginal, option in zip(marginals, combination, strict=True):
                marginal[option.key] = marginal.get(option.key, 0.0) + weight
        for name, marginal in zip(one.names, marginals, strict=True):
            known = {key: value / whole for key, value in marginal.items() if key is not None}
            found[name] = known, marginal.get(None, 0.0) / whole
    return found


@dataclass(frozen=True, slots=True)
class _Option:
    key: str | None
    amount: Decimal | None
    chance: float


def _adds_up(net: _Option, tax: _Option, total: _Option) -> bool:
    """To the cent; a tax of nothing proves nothing, since a total is often printed twice."""
    if net.amount is None or not tax.amount or total.amount is None:
        return False
    return abs(net.amount + tax.amount - total.amount) <= _ROUNDING


def _best(chances: Chances) -> list[_Option]:
    values, none = chances
    best = sorted(values.items(), key=lambda one: -one[1])[:_MOST]
    options = [_Option(key, Decimal(key), chance) for key, chance in best]
    return [*options, _Option(None, None, max(none, 1e-6))]
