"""What routing takes and gives: plain values, no rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    AUTOMATIC = "automatic"
    REVIEW = "review"
    COMPLIANCE = "compliance"
    MANUAL = "manual"


class Stage(StrEnum):
    SHADOW = "shadow"
    ASSISTED = "assisted"
    PARTIAL = "partial"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class FieldBand:
    """Confidence bounds of one output field: at or above `automatic` the model may act alone,
    below `manual` its value is not worth showing. Both from 0 to 1."""

    automatic: float
    manual: float = 0.0


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """A check of the contract that does not hold. fields are the output fields it looked at;
    detail is a code of words.DETAILS that says more, with its numbers (nothing personal)."""

    name: str
    message: str
    otherwise: Outcome
    fields: tuple[str, ...] = ()
    detail: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the candidate or its documents that a person must see.

    code is a reason's code; numbers are plain values without personal data. A finding only ever
    makes the route stricter.
    """

    code: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    wanted: Outcome = Outcome.REVIEW


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition that was looked at. `held` says whether it forced or kept the outcome."""

    code: str
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {**self.numbers, "code": self.code}


@dataclass(frozen=True, slots=True)
class CandidateView:
    """Of a candidate, only what routing may see: confidence per field and where it comes from.

    What the item or the output says has no way in here but through the contract's checks.
    """

    confidence: Mapping[str, float | None]
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a route is decided from."""

    stage: Stage
    risk: str  # low, medium, high: of the item's segment
    segment: str
    bands: Mapping[str, FieldBand]
    required_fields: frozenset[str]
    candidate: CandidateView | None
    no_candidate: Reason | None = None
    obstacles: tuple[str, ...] = ()  # reasons' codes: what is not approved, or halted
    failed_checks: tuple[FailedCheck, ...] = ()
    findings: tuple[Finding, ...] = ()
    floor: float = 0.0  # under every automatic band, raised during an incident
    quality_sample_rate: float = 0.0
    sample_point: float = 1.0  # in [0, 1), from the item's id: below the rate is sampled


@dataclass(frozen=True, slots=True)
class RouteDecision:
    outcome: Outcome
    reasons: tuple[Reason, ...]
    is_sampled: bool = False
    is_blind: bool = False  # people decide without seeing the candidate
