"""`route`: policy as a pure function. No database, no clock, no randomness."""

import hashlib
from typing import Any
from uuid import UUID

from review.routing.model import (
    CandidateView,
    FailedCheck,
    Outcome,
    Reason,
    RouteDecision,
    Situation,
    Stage,
)

# Sources whose number may let a model act alone; a model's own word is never enough (design 7).
STRONG_SOURCES = frozenset({"class_probability", "token_logprob", "structured"})
_STRICTNESS = {
    Outcome.AUTOMATIC: 0,
    Outcome.REVIEW: 1,
    Outcome.MANUAL: 2,
    Outcome.COMPLIANCE: 3,
}


def sample_point(item_id: UUID, *, purpose: str = "quality") -> float:
    """A number in [0, 1) fixed by the item's id: the same item is sampled on every run."""
    digest = hashlib.sha256(f"{purpose}:{item_id}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def route(situation: Situation) -> RouteDecision:
    """Where an item goes, and why, in the order the conditions were looked at.

    The strictest condition that applies wins: compliance over manual over review over
    automatic, since what a compliance officer must pass is not for an operator to decide
    because the model was unsure as well. Where one asks for people unaided, the candidate is
    left aside whoever decides. All conditions are listed, so that a person sees everything
    that spoke against acting alone, not just the first.
    """
    if situation.candidate is None:
        reason = situation.no_candidate or Reason("no_candidate")
        return _unaided(situation, reason)
    if situation.stage == Stage.SHADOW:
        return _unaided(situation, Reason("stage_shadow"))

    outcome = Outcome.AUTOMATIC
    is_blind = False
    reasons: list[Reason] = []
    for wanted, reason in (
        *_from_confidence(situation, situation.candidate),
        *_from_checks(situation),
        *_from_findings(situation),
        *_from_stage(situation),
        *((Outcome.REVIEW, Reason(code)) for code in situation.obstacles),
    ):
        reasons.append(reason)
        is_blind = is_blind or wanted == Outcome.MANUAL
        if _STRICTNESS[wanted] > _STRICTNESS[outcome]:
            outcome = wanted
    if outcome != Outcome.AUTOMATIC:
        return RouteDecision(outcome, tuple(reasons), is_blind=is_blind)

    lowest = min(
        (value for value in situation.candidate.confidence.values() if value is not None),
        default=1.0,
    )
    reasons.append(Reason("all_fields_in_band", {"lowest": lowest}))
    is_sampled = situation.sample_point < situation.quality_sample_rate
    if is_sampled:
        reasons.append(Reason("quality_sample", {"rate": situation.quality_sample_rate}))
    return RouteDecision(Outcome.AUTOMATIC, tuple(reasons), is_sampled=is_sampled)


def _unaided(situation: Situation, reason: Reason) -> RouteDecision:
    """People decide without the candidate; what was found of the documents they still see."""
    found = _from_findings(situation)
    is_compliance = any(wanted == Outcome.COMPLIANCE for wanted, _ in found)
    outcome = Outcome.COMPLIANCE if is_compliance else Outcome.MANUAL
    return RouteDecision(outcome, (reason, *(one for _, one in found)), is_blind=True)


def _from_confidence(
    situation: Situation, candidate: CandidateView
) -> list[tuple[Outcome, Reason]]:
    found: list[tuple[Outcome, Reason]] = []
    for name in sorted(situation.bands):
        band = situation.bands[name]
        value = candidate.confidence.get(name)
        source = candidate.sources.get(name, "none")
        if value is None:
            if name in situation.required_fields or name in candidate.sources:
                found.append((Outcome.REVIEW, Reason("confidence_missing", {"field": name})))
        elif value < band.manual:
            found.append(
                (
                    Outcome.MANUAL,
                    Reason(
                        "field_below_floor",
                        {"field": name, "confidence": value, "floor": band.manual},
                    ),
                )
            )
        elif value < band.automatic:
            found.append(
                (
                    Outcome.REVIEW,
                    Reason(
                        "field_below_band",
                        {"field": name, "confidence": value, "band": band.automatic},
                    ),
                )
            )
        elif value < situation.floor:
            numbers = {"field": name, "confidence": value, "floor": situation.floor}
            found.append((Outcome.REVIEW, Reason("threshold_raised", numbers)))
        elif source not in STRONG_SOURCES:
            found.append(
                (
                    Outcome.REVIEW,
                    Reason("confidence_weak", {"field": name, "source": source}),
                )
            )
    return found


def _from_checks(situation: Situation) -> list[tuple[Outcome, Reason]]:
    return [(check.otherwise, _check_failed(check)) for check in situation.failed_checks]


def _check_failed(check: FailedCheck) -> Reason:
    numbers: dict[str, Any] = {"check": check.name, "message": check.message}
    if check.fields:
        numbers["fields"] = list(check.fields)
    if check.detail:
        numbers |= {"detail": check.detail, **check.numbers}
    return Reason("check_failed", numbers)


def _from_findings(situation: Situation) -> list[tuple[Outcome, Reason]]:
    """At least review for each, whatever it asks for: nothing found makes a route milder."""
    return [
        (
            Outcome.REVIEW if finding.wanted == Outcome.AUTOMATIC else finding.wanted,
            Reason(finding.code, finding.numbers),
        )
        for finding in situation.findings
    ]


def _from_stage(situation: Situation) -> list[tuple[Outcome, Reason]]:
    if situation.stage == Stage.ASSISTED:
        return [(Outcome.REVIEW, Reason("stage_assisted"))]
    if situation.stage == Stage.PARTIAL and situation.risk != "low":
        numbers = {"risk": situation.risk, "segment": situation.segment}
        return [(Outcome.REVIEW, Reason("stage_partial", numbers))]
    return []
