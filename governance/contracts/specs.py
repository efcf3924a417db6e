"""The parts of an agreement, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from governance.contracts import conditions
from governance.contracts.rules.registry import RULES


@dataclass(frozen=True)
class Band:
    """At or above `automatic` the model may act alone, below `manual` people decide unaided."""

    automatic: float
    manual: float


@dataclass(frozen=True)
class Segment:
    """A kind of item with a risk of its own; `when` is a condition on input and item."""

    name: str
    risk: str
    when: Mapping[str, Any]


@dataclass(frozen=True)
class RetrySpec:
    """Tries in all, and the delay before the second, doubled for each further one up to max."""

    attempts: int
    first_delay_seconds: int
    max_delay_seconds: int


@dataclass(frozen=True)
class CandidateSpec:
    """How candidates are made: provider is a name in settings.PROVIDERS."""

    provider: str
    timeout_seconds: int
    retry: RetrySpec
    prompt: str


@dataclass(frozen=True)
class QueueSpec:
    name: str
    role: str
    kinds: tuple[str, ...]
    lease_seconds: int
    hold_seconds: int = 14_400  # how long in all a person may hold one task for later


@dataclass(frozen=True)
class SecondReview:
    """Items of these risks or segments need two people."""

    risks: frozenset[str]
    segments: frozenset[str]

    def applies(self, segment: Segment) -> bool:
        return segment.risk in self.risks or segment.name in self.segments


@dataclass(frozen=True)
class DocumentsSpec:
    """Which files an item carries: how many, of which of documentrules.TYPES, how large each.

    privacy is the label of their text, one of schemas.LABELS.
    """

    at_least: int
    at_most: int
    types: tuple[str, ...]
    max_bytes: int
    max_pages: int
    privacy: str


@dataclass(frozen=True)
class CheckSpec:
    """What must hold of a candidate, or the route is at least `otherwise`.

    Either `require`, a condition, or `test`, the name of one of rules.RULES, with the dotted paths
    it looks at and all its options (an option that is a path stays one here).
    """

    name: str
    otherwise: str  # review, compliance, manual
    message: str
    require: Mapping[str, Any] | None = None
    test: str = ""
    of: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Dotted paths of all the values it looks at."""
        if self.require is not None:
            return tuple(dict.fromkeys(conditions.paths_in(self.require)))
        declared = RULES[self.test].options if self.test in RULES else {}
        others = (self.options.get(name) for name, one in declared.items() if one.kind == "path")
        return tuple(dict.fromkeys([*self.of, *(path for path in others if path)]))

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Names of the output fields it looks at."""
        parts = (path.split(".") for path in self.paths)
        return tuple(dict.fromkeys(rest[0] for root, *rest in parts if root == "output" and rest))


@dataclass(frozen=True)
class SecondOpinion:
    """Another model that must say the same: provider is a name in settings.PROVIDERS.

    fields are the output's that are compared; at_least the share of them, 0 to 1, that must agree.
    """

    provider: str
    fields: tuple[str, ...]
    at_least: float


@dataclass(frozen=True)
class GateCheck:
    """What must hold of a decided output, or compliance looks at it before anything is sent.

    One of check (require or test), second_opinion, and callable, `package.module:function`.
    policy is the slug of the policy it serves, "" for none.
    """

    name: str
    message: str
    policy: str = ""
    check: CheckSpec | None = None
    second_opinion: SecondOpinion | None = None
    callable: str = ""

    @property
    def require(self) -> Mapping[str, Any] | None:
        """Its condition, where it is one: that is judged where the decision is made."""
        return None if self.check is None else self.check.require

    @property
    def is_quick(self) -> bool:
        """Whether it can be judged where the decision is made; all else takes its time."""
        return self.require is not None


@dataclass(frozen=True)
class GateSpec:
    """Which decided outputs compliance holds: whole risks and segments, a share, failed checks."""

    risks: frozenset[str]
    segments: frozenset[str]
    share: float  # 0 to 1
    checks: tuple[GateCheck, ...]


@dataclass(frozen=True)
class EffectSpec:
    """An action in another system. Exactly one of compensation and irreversible is set.

    body and compensation are templates for rendering.render_body; apology is a text to send by
    hand where nothing takes the effect back, "" for none; irreversible says, in words for
    people, why it cannot be taken back.
    """

    name: str
    connector: str
    on: frozenset[str]  # verdicts
    target: Mapping[str, Any]
    body: Mapping[str, Any]
    compensation: Mapping[str, Any] | None
    irreversible: str | None
    retry: RetrySpec
    apology: str = ""
