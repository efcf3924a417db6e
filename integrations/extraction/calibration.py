"""Scores of candidates as probabilities: of each value, and of there being none.

Fitting imports scipy where it needs it; a worker that only asks a model never does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from integrations.extraction.candidates import Candidate

Array = npt.NDArray[Any]

# From so many judged items on, isotonic regression beats Platt's two parameters.
ISOTONIC_ROWS = 1_000
# A curve never falls: the surer of two answers is stated no less sure.
_FLATTEST = 0.02


@dataclass(frozen=True, slots=True)
class Curve:
    """From a probability to how often such answers are right: Platt's line on log-odds, or the
    steps of an isotonic regression. ceiling is what the number of examples can support."""

    slope: float = 1.0
    offset: float = 0.0
    xs: tuple[float, ...] = ()
    ys: tuple[float, ...] = ()
    ceiling: float = 0.5

    def __call__(self, chance: float) -> float:
        if self.xs:
            found = float(np.interp(chance, self.xs, self.ys))
        else:
            found = float(_sigmoid(self.slope * _log_odds(chance) + self.offset))
        return float(min(max(found, 0.0), self.ceiling))


@dataclass(frozen=True, slots=True)
class Odds:
    """How log-odds of candidates compare with each other and with there being no value."""

    temperature: float = 1.0
    none: float = 0.0

    def chances(self, best: Mapping[str, float]) -> tuple[dict[str, float], float]:
        """Of each value by key, and of none, from each value's log-odds."""
        scores = np.array([*best.values(), 0.0]) / self.temperature
        scores[-1] = self.none
        scores = np.exp(scores - scores.max())
        scores /= scores.sum()
        return dict(zip(best, scores[:-1].tolist(), strict=True)), float(scores[-1])


@dataclass(frozen=True, slots=True)
class Calibration:
    """odds, and a curve each for issuers the model knows and for strangers."""

    odds: Odds = field(default_factory=Odds)
    familiar: Curve = field(default_factory=Curve)
    stranger: Curve = field(default_factory=Curve)

    def confidence(self, chance: float, is_familiar: bool) -> float:
        return (self.familiar if is_familiar else self.stranger)(chance)


def by_key(candidates: Sequence[Candidate], log_odds: Array) -> dict[str, float]:
    """Each value's log-odds: several places that say the same add up, softly."""
    found: dict[str, list[float]] = {}
    for one, score in zip(candidates, log_odds.tolist(), strict=True):
        found.setdefault(one.key, []).append(score)
    return {key: float(np.logaddexp.reduce(scores)) for key, scores in found.items()}


def fit_odds(cases: Sequence[tuple[Mapping[str, float], str | None]]) -> Odds:
    """cases: values' log-odds of an item the model did not learn from, and the right key (None:
    no value, or none of these). Fits temperature and the weight of none by likelihood."""
    if not cases:
        return Odds()
    from scipy.optimize import minimize

    width = max(len(best) for best, _ in cases) + 1
    scores = np.full((len(cases), width), -np.inf)
    truth = np.zeros(len(cases), np.int64)
    for row, (best, right) in enumerate(cases):
        scores[row, 1 : len(best) + 1] = list(best.values())
        if right is not None and right in best:
            truth[row] = 1 + list(best).index(right)

    def loss(parameters: Array) -> float:
        scaled = scores / np.exp(parameters[0])
        scaled[:, 0] = parameters[1]
        shifted = scaled - scaled.max(axis=1, keepdims=True)
        chances = shifted[np.arange(len(truth)), truth] - np.log(np.exp(shifted).sum(axis=1))
        # A weak pull towards 1 and 0 keeps a handful of items from certainty.
        return float(-chances.sum() + 0.5 * parameters[0] ** 2 + 0.05 * parameters[1] ** 2)

    found = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"maxiter": 200})
    return Odds(float(np.exp(np.clip(found.x[0], -2, 2))), float(np.clip(found.x[1], -8, 8)))


def fit_curve(chances: Sequence[float], right: Sequence[bool]) -> Curve:
    """Platt's method below ISOTONIC_ROWS items, isotonic regression above."""
    rows = len(chances)
    ceiling = (rows + 1) / (rows + 2)
    if rows < 8:
        # Too few to say: no more than an even chance.
        return Curve(ceiling=0.5)
    x, y = np.array(chances, float), np.array(right, float)
    if rows >= ISOTONIC_ROWS:
        from sklearn.isotonic import IsotonicRegression

        fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(x, y)
        return Curve(
            xs=tuple(np.round(fitted.X_thresholds_, 6).tolist()),
            ys=tuple(np.round(fitted.y_thresholds_, 6).tolist()),
            ceiling=ceiling,
        )
    from scipy.optimize import minimize

    hits = y.sum()
    target = np.where(y > 0, (hits + 1) / (hits + 2), 1 / (rows - hits + 2))
    odds = np.array([_log_odds(one) for one in x])

    def loss(parameters: Array) -> float:
        slope = max(parameters[0], _FLATTEST)
        chance = _sigmoid(slope * odds + parameters[1]).clip(1e-9, 1 - 1e-9)
        return float(
            -np.sum(target * np.log(chance) + (1 - target) * np.log1p(-chance))
            + 0.1 * (parameters[0] - 1) ** 2
        )

    found = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead", options={"maxiter": 200})
    return Curve(float(max(found.x[0], _FLATTEST)), float(found.x[1]), ceiling=ceiling)


def _log_odds(chance: float) -> float:
    bounded = min(max(chance, 1e-5), 1 - 1e-5)
    return float(np.log(bounded / (1 - bounded)))


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))
