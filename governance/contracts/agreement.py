"""A contract's body as typed, frozen values: what the hot path reads instead of raw JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

from governance.contracts import conditions
from governance.contracts.calendar import calendar_of
from governance.contracts.escalating import EscalationStep, moved, steps_of
from governance.contracts.models import Contract
from governance.contracts.rules.registry import REQUIRED, RULES, Given, Verdict, verdict_of
from governance.contracts.schemas import (
    PERSONAL_LABELS,
    Path,
    compiled,
    errors_of,
    labels,
    personal_paths,
    sensitive_paths,
)
from governance.contracts.specs import (
    Band,
    CandidateSpec,
    CheckSpec,
    DocumentsSpec,
    EffectSpec,
    GateCheck,
    GateSpec,
    QueueSpec,
    RetrySpec,
    SecondOpinion,
    SecondReview,
    Segment,
)
from governance.contracts.terms import terms
from governance.contracts.working_time import WorkingCalendar

__all__ = [
    "DEFAULT_SEGMENT",
    "Agreement",
    "Band",
    "CandidateSpec",
    "CheckSpec",
    "DocumentsSpec",
    "EffectSpec",
    "GateCheck",
    "GateSpec",
    "QueueSpec",
    "RetrySpec",
    "SecondOpinion",
    "SecondReview",
    "Segment",
    "agreement_of",
    "given_of",
]

DEFAULT_SEGMENT = "default"


@dataclass(frozen=True)
class Agreement:
    """One contract version, as parse.parse has checked it and filled in its defaults."""

    process: str
    title: str
    description: str
    risk: str
    input_title: str | None  # the input field shown as an item's headline
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any]
    bands: Mapping[str, Band]
    segments: tuple[Segment, ...]
    candidate: CandidateSpec
    queues: tuple[QueueSpec, ...]
    second_review: SecondReview | None
    quality_sample_rate: float
    undo_window_seconds: int
    due_seconds: int
    checks: tuple[CheckSpec, ...]
    effects: tuple[EffectSpec, ...]
    documents: DocumentsSpec | None = None  # None: its items take no files
    calendar: WorkingCalendar | None = None  # None: every second is working time
    escalation: tuple[EscalationStep, ...] = ()
    gate: GateSpec | None = None  # None: effects wait for nobody but the undo window

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Agreement:
        """The typed view of a stored body; bodies that parse did not make raise KeyError."""
        second = body["second_review"]
        return cls(
            process=body["process"],
            title=body["title"],
            description=body["description"],
            risk=body["risk"],
            input_title=body["input"]["title"],
            input_schema=_ordered(body["input"]),
            output_schema=_ordered(body["output"]),
            bands={name: Band(**band) for name, band in body["confidence"].items()},
            segments=tuple(Segment(**one) for one in body["segments"]),
            candidate=CandidateSpec(
                **{**body["candidate"], "retry": RetrySpec(**body["candidate"]["retry"])}
            ),
            queues=tuple(
                QueueSpec(**{**one, "kinds": tuple(one["kinds"])}) for one in body["queues"]
            ),
            second_review=None
            if second is None
            else SecondReview(frozenset(second["risks"]), frozenset(second["segments"])),
            quality_sample_rate=body["quality_sample_rate"],
            undo_window_seconds=body["undo_window_seconds"],
            due_seconds=body["due_seconds"],
            checks=tuple(_check(one) for one in body["checks"]),
            effects=tuple(_effect(one) for one in body["effects"]),
            documents=_documents(body["input"].get("documents")),
            calendar=calendar_of(body.get("calendar")),
            escalation=steps_of(body.get("escalation", ())),
            gate=_gate(body.get("gate")),
        )

    @cached_property
    def input_fields(self) -> tuple[str, ...]:
        return tuple(self.input_schema["properties"])

    @cached_property
    def output_fields(self) -> tuple[str, ...]:
        return tuple(self.output_schema["properties"])

    @cached_property
    def required_output_fields(self) -> frozenset[str]:
        return frozenset(self.output_schema.get("required", ()))

    @cached_property
    def input_terms(self) -> Mapping[str, str]:
        """Input field -> what it is (terms.TERMS), for fields whose `x-term` says so."""
        return terms(self.input_schema)

    @cached_property
    def output_terms(self) -> Mapping[str, str]:
        """Output field -> what it is (terms.TERMS), for fields whose `x-term` says so."""
        return terms(self.output_schema)

    @cached_property
    def personal_input_paths(self) -> frozenset[str]:
        """Dotted paths of input values labelled personal or sensitive."""
        return personal_paths(self.input_schema)

    @cached_property
    def personal_output_fields(self) -> frozenset[str]:
        return personal_paths(self.output_schema)

    @cached_property
    def input_labels(self) -> Mapping[Path, str]:
        """Path -> privacy label of the input's values."""
        return labels(self.input_schema)

    @cached_property
    def output_labels(self) -> Mapping[Path, str]:
        """Path -> privacy label of the output's values."""
        return labels(self.output_schema)

    @cached_property
    def has_sensitive(self) -> bool:
        """Whether any value is labelled sensitive, which nobody sees without a reveal."""
        return bool(sensitive_paths(self.input_schema) or sensitive_paths(self.output_schema))

    @cached_property
    def has_private_documents(self) -> bool:
        """Whether the documents of its items are labelled personal or sensitive."""
        return self.documents is not None and self.documents.privacy in PERSONAL_LABELS

    @cached_property
    def has_personal(self) -> bool:
        """Whether anything of its items is labelled personal or sensitive."""
        sides = (*self.input_labels.values(), *self.output_labels.values())
        return self.has_private_documents or any(one in PERSONAL_LABELS for one in sides)

    def label_at(self, field: str) -> str | None:
        """The label of "input.<path>", "output.<path>" or "documents"; None for what is none."""
        side, _, path = field.partition(".")
        if field == "documents":
            return self.documents.privacy if self.documents is not None else None
        found = {"input": self.input_labels, "output": self.output_labels}.get(side, {})
        return found.get(tuple(path.split(".")))

    @cached_property
    def _input_validator(self) -> Any:
        return compiled(self.input_schema)

    @cached_property
    def _output_validator(self) -> Any:
        return compiled(self.output_schema)

    def payload_errors(self, payload: Any) -> dict[str, str]:
        """Dotted path -> reason for each rule of the input schema that is broken, no values."""
        return errors_of(self._input_validator, payload)

    def output_errors(self, output: Any) -> dict[str, str]:
        """Dotted path -> reason for each rule of the output schema that is broken, no values."""
        return errors_of(self._output_validator, output)

    def segment_of(self, payload: Mapping[str, Any], item: Mapping[str, Any]) -> Segment:
        """The first segment whose condition holds, or "default" with the contract's risk.

        item has external_id and priority, the same as conditions may ask for.
        """
        context = {"input": payload, "item": item}
        for segment in self.segments:
            if conditions.holds(segment.when, context):
                return segment
        return self.segment_named(DEFAULT_SEGMENT)

    def segment_named(self, name: str) -> Segment:
        """A segment by name; one this version does not know has the contract's risk."""
        for segment in self.segments:
            if segment.name == name:
                return segment
        return Segment(name, self.risk, {})

    def knows_segment(self, name: str) -> bool:
        return name == DEFAULT_SEGMENT or any(one.name == name for one in self.segments)

    def needs_second_review(self, segment: Segment) -> bool:
        return self.second_review is not None and self.second_review.applies(segment)

    def failed_checks(
        self,
        *,
        item: Mapping[str, Any],
        input: Mapping[str, Any],
        output: Mapping[str, Any],
        day: date,
        answers: Mapping[str, Verdict] | None = None,
    ) -> tuple[tuple[CheckSpec, Verdict], ...]:
        """The checks that do not hold of a candidate's output, in the contract's order, and why.

        day is the item's day of receipt. answers are, by a check's name, the verdicts of the tests
        that need the other items; one that is missing does not hold.
        """
        context = {"item": item, "input": input, "output": output}
        found = ((check, _verdict(check, context, day, answers or {})) for check in self.checks)
        return tuple((check, verdict) for check, verdict in found if not verdict.holds)

    def due_at(self, received_at: datetime) -> datetime:
        """When an item that came in at this instant is due, unless its producer says otherwise."""
        return moved(self.calendar, received_at, self.due_seconds)

    def queue_for(self, kind: str) -> QueueSpec:
        """The queue that takes this kind of task. Raises LookupError for one that cannot occur."""
        for queue in self.queues:
            if kind in queue.kinds:
                return queue
        raise LookupError(f"{self.process} has no queue for {kind} tasks.")

    def headline(self, payload: Mapping[str, Any]) -> str:
        """The payload's title field as text, "" where the contract names none."""
        value = payload.get(self.input_title) if self.input_title else None
        return "" if value is None else str(value)


def _ordered(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema with its properties in the author's order, which jsonb does not keep."""
    schema = part["schema"]
    properties = {name: schema["properties"][name] for name in part["fields"]}
    return {**schema, "properties": properties}


def _documents(body: Mapping[str, Any] | None) -> DocumentsSpec | None:
    return None if body is None else DocumentsSpec(**{**body, "types": tuple(body["types"])})


def _check(body: Mapping[str, Any]) -> CheckSpec:
    return CheckSpec(**{**body, "of": tuple(body.get("of", ()))})


def _gate(body: Mapping[str, Any] | None) -> GateSpec | None:
    if body is None:
        return None
    checks = tuple(_gate_check(one) for one in body["checks"])
    return GateSpec(frozenset(body["risks"]), frozenset(body["segments"]), body["share"], checks)


def _gate_check(body: Mapping[str, Any]) -> GateCheck:
    judged = {name: body[name] for name in ("require", "test", "of", "options") if name in body}
    shared = {"name": body["name"], "message": body["message"]}
    opinion = body.get("second_opinion")
    return GateCheck(
        **shared,
        policy=body.get("policy", ""),
        check=_check({**shared, **judged, "otherwise": body["otherwise"]}) if judged else None,
        second_opinion=None
        if opinion is None
        else SecondOpinion(opinion["provider"], tuple(opinion["fields"]), opinion["at_least"]),
        callable=body.get("callable", ""),
    )


def _verdict(
    check: CheckSpec,
    context: Mapping[str, Any],
    day: date,
    answers: Mapping[str, Verdict],
) -> Verdict:
    if check.require is not None:
        return Verdict(conditions.holds(check.require, context))
    if check.name in answers:
        return answers[check.name]
    return verdict_of(check.test, given_of(check, context, day))


def given_of(check: CheckSpec, context: Mapping[str, Any], day: date) -> Given:
    """What a test check looks at: the values under its paths, `{"input": ..., "output": ...}`."""
    declared = RULES[check.test].options if check.test in RULES else {}
    options = dict(check.options)
    for name, option in declared.items():
        options.setdefault(name, None if option.default is REQUIRED else option.default)
        if option.kind == "path":
            path = options[name]
            options[name] = conditions.value_at(context, path.split(".")) if path else None
            options[f"has_{name}"] = bool(path)
    values = tuple(conditions.value_at(context, path.split(".")) for path in check.of)
    return Given(values, options, day)


def _effect(body: Mapping[str, Any]) -> EffectSpec:
    compensation = body["compensation"]
    return EffectSpec(
        name=body["name"],
        connector=body["connector"],
        on=frozenset(body["on"]),
        target=body["target"],
        body=body["body"],
        compensation=compensation.get("body"),
        irreversible=compensation.get("irreversible"),
        retry=RetrySpec(**body["retry"]),
        apology=compensation.get("apology", ""),
    )


@lru_cache(maxsize=256)
def agreement_of(contract_id: UUID) -> Agreement:
    """The agreement of a contract row; a query once per process and contract, which never changes.

    Raises Contract.DoesNotExist.
    """
    body = Contract.objects.values_list("body", flat=True).get(pk=contract_id)
    return Agreement.from_body(body)
