"""Policy: candidate, contract and stage in, route with reasons out."""

from review.routing.model import (
    CandidateView,
    FailedCheck,
    FieldBand,
    Finding,
    Outcome,
    Reason,
    RouteDecision,
    Situation,
    Stage,
)
from review.routing.route import route, sample_point

__all__ = [
    "CandidateView",
    "FailedCheck",
    "FieldBand",
    "Finding",
    "Outcome",
    "Reason",
    "RouteDecision",
    "Situation",
    "Stage",
    "route",
    "sample_point",
]
