"""How held-back examples came out: calibration, the weight of sums, and the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from integrations.extraction import calibration
from integrations.extraction.calibration import Curve, Odds
from integrations.extraction.choosing import BONUSES, Sum, together
from integrations.extraction.fields import Target
from integrations.extraction.labelling import Truth

# Fewer known issuers' examples cannot carry a curve of their own.
_FEWEST_FAMILIAR = 40


@dataclass(frozen=True, slots=True)
class Case:
    """One field of one example, judged by a model that did not see it (nor, as a stranger, its
    issuer). best has values' log-odds by key; right is the true key, None if there is none."""

    item: int
    view: str
    is_familiar: bool
    fold: int
    best: Mapping[str, float]
    right: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What would have been answered: key None if the field was left out. raw is the chance
    before the curve."""

    case: Case
    key: str | None
    raw: float
    is_right: bool


@dataclass(frozen=True)
class FieldReport:
    """How one field did on examples held back from it.

    rows: examples that say what it is; present: those that have it. accuracy counts each example
    once, of known issuers as they come; stranger_accuracy judges each as if its issuer were new.
    above_share and above_accuracy are of answers with at least the threshold; above_interval is
    the 95% Clopper-Pearson interval of that accuracy.
    """

    field: str
    kind: str
    rows: int
    present: int
    familiar_share: float
    accuracy: float
    stranger_accuracy: float
    calibration_error: float
    mean_confidence: float
    threshold: float | None
    above_share: float | None
    above_accuracy: float | None
    above_interval: tuple[float, float] | None


def fit_bonus(
    cases: Mapping[str, Sequence[Case]], odds: Mapping[str, Odds], sums: Sequence[Sum]
) -> float:
    """How much a sum that holds speaks for its parts: the likeliest of choosing.BONUSES."""
    if not sums:
        return 1.0
    best, most = 1.0, -np.inf
    for bonus in BONUSES:
        total = 0.0
        for group in _by_item(cases).values():
            chances = together(
                {name: odds[name].chances(case.best) for name, case in group.items()}, sums, bonus
            )
            for one in sums:
                for name in one.names:
                    if name in group:
                        values, none = chances[name]
                        right = group[name].right
                        total += float(np.log(max(values.get(right or "", none), 1e-6)))
        if total > most:
            best, most = bonus, total
    return best


def _by_item(cases: Mapping[str, Sequence[Case]]) -> dict[tuple[int, str], dict[str, Case]]:
    found: dict[tuple[int, str], dict[str, Case]] = {}
    for name, every in cases.items():
        for case in every:
            found.setdefault((case.item, case.view), {})[name] = case
    return found


def judge(
    cases: Mapping[str, Sequence[Case]],
    odds: Mapping[str, Odds],
    sums: Sequence[Sum],
    bonus: float,
    targets: Sequence[Target],
) -> dict[str, list[Judged]]:
    by_name = {target.name: target for target in targets}
    found: dict[str, list[Judged]] = {name: [] for name in cases}
    for group in _by_item(cases).values():
        chances = together(
            {name: odds[name].chances(case.best) for name, case in group.items()}, sums, bonus
        )
        for name, case in group.items():
            key, raw = answer(chances[name], by_name[name])
            found[name].append(Judged(case, key, raw, (key or None) == case.right))
    return found


def answer(chances: tuple[Mapping[str, float], float], target: Target) -> tuple[str | None, float]:
    """The likeliest value, or None with the chance that there is none.

    A field that must not be left out gets its likeliest value, however unlikely.
    """
    values, none = chances
    if not values:
        return None, none
    key = max(values, key=lambda one: values[one])
    may_lack = not target.is_required or target.is_nullable
    if may_lack and none > values[key]:
        return None, none
    return key, values[key]


def fit_curves(judged: Sequence[Judged]) -> tuple[Curve, Curve]:
    """For known issuers and for strangers. Without enough of the former, one for both."""
    familiar, stranger = _parts(judged)
    unknown = calibration.fit_curve(
        [one.raw for one in stranger], [one.is_right for one in stranger]
    )
    if len(familiar) < _FEWEST_FAMILIAR:
        return unknown, unknown
    known = calibration.fit_curve([one.raw for one in familiar], [one.is_right for one in familiar])
    return known, unknown


def _parts(judged: Sequence[Judged]) -> tuple[list[Judged], list[Judged]]:
    familiar = [one for one in judged if one.case.view == "familiar" and one.case.is_familiar]
    stranger = [one for one in judged if one.case.view == "stranger"]
    return familiar, stranger


def as_they_come(judged: Sequence[Judged]) -> list[Judged]:
    """Each example once: with its issuer known where another example is of it."""
    known = {
        one.case.item for one in judged if one.case.view == "familiar" and one.case.is_familiar
    }
    return [one for one in judged if (one.case.view == "familiar") == (one.case.item in known)]


def report(
    target: Target, truths: Sequence[Truth], judged: Sequence[Judged], threshold: float | None
) -> FieldReport:
    from integrations.providers.local.calibration import calibration_error

    natural = as_they_come(judged)
    confidences = _held_out(judged, natural)
    hits = np.array([one.is_right for one in natural], bool)
    familiar, stranger = _parts(judged)
    known = [truth for truth in truths if truth.is_known]
    above: dict[str, Any] = {"share": None, "accuracy": None, "interval": None}
    if threshold is not None and len(hits):
        passed = confidences >= threshold
        above["share"] = float(passed.mean())
        if passed.any():
            above["accuracy"] = float(hits[passed].mean())
            above["interval"] = interval(int(hits[passed].sum()), int(passed.sum()))
    return FieldReport(
        field=target.name,
        kind=target.kind,
        rows=len(known),
        present=sum(bool(truth.key) for truth in known),
        familiar_share=len(familiar) / max(1, len(natural)),
        accuracy=float(hits.mean()) if len(hits) else 0.0,
        stranger_accuracy=_share([one.is_right for one in stranger]),
        calibration_error=calibration_error(confidences, hits) if len(hits) else 0.0,
        mean_confidence=float(confidences.mean()) if len(hits) else 0.0,
        threshold=threshold,
        above_share=above["share"],
        above_accuracy=above["accuracy"],
        above_interval=above["interval"],
    )


def _held_out(judged: Sequence[Judged], natural: Sequence[Judged]) -> Any:
    """Confidences by curves that were fitted on the other folds."""
    curves = {
        fold: fit_curves([one for one in judged if one.case.fold != fold])
        for fold in {one.case.fold for one in judged}
    }
    return np.array(
        [curves[one.case.fold][0 if one.case.view == "familiar" else 1](one.raw) for one in natural]
    )


def interval(right: int, total: int) -> tuple[float, float]:
    """95% Clopper-Pearson interval of a share."""
    from scipy.stats import beta

    low = float(beta.ppf(0.025, right, total - right + 1)) if right else 0.0
    high = float(beta.ppf(0.975, right + 1, total - right)) if right < total else 1.0
    return low, high


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right) if right else 0.0
