"""The review screen of one task as plain values: what the template draws, ready made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from governance.contracts.agreement import Agreement, agreement_of
from governance.errors import InvalidInput
from governance.models import User
from review.console import fields, showing, words
from review.console.screen import Screen, read_screen
from review.models import Decision, Item, Task
from review.routing.words import sentence
from review.tasks.queries import task_view

# Reasons that would tell a blind reviewer what the model said.
_TELLING = frozenset({"check_failed", "all_fields_in_band"})
_HANDED_BACK = {"skipped": "Skipped by a colleague", "escalated": "Escalated by a colleague"}


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one of two people decided, for the one who settles it; who it was is not said."""

    verdict: str
    output: list[Fact]
    reason: str


@dataclass(frozen=True, slots=True)
class Workspace:
    """One claimed task on the screen.

    seconds_left is the lease's rest when the page was made. return_to is the task that waits
    while an undone one is decided again.
    """

    task: Task
    process_title: str
    headline: str
    reference: str
    kind: str
    input: showing.Input
    fields: list[fields.Field]
    has_candidate: bool
    blind_note: str
    reasons: list[str]
    opinions: list["Opinion"]
    provenance: list[Fact]
    due: words.Due
    seconds_left: int
    reason: str
    has_draft: bool
    errors: list[str]
    return_to: str = ""

    @property
    def can_escalate(self) -> bool:
        is_compliance = self.task.kind == Task.Kind.COMPLIANCE
        return not is_compliance and "escalation" not in self.task.queue.kinds

    @property
    def is_changed(self) -> bool:
        return any(field.is_changed for field in self.fields)

    @property
    def uncertain(self) -> int:
        return sum(1 for one in self.fields if one.confidence and one.confidence.is_flagged)


@dataclass(frozen=True, slots=True)
class Toast:
    """What just happened, with the way back: undo costs nothing for `seconds_left`."""

    text: str
    reference: str
    decision_id: UUID | None = None
    seconds_left: int = 0
    has_effects: bool = False


def headline_of(agreement: Agreement, item: Item) -> str:
    """The item's title in words; its external id or own id where the contract names none."""
    title = agreement.headline(item.payload)
    if not title:
        return item.external_id or f"Item {str(item.pk)[-6:]}"
    schema = agreement.input_schema["properties"].get(agreement.input_title, {})
    return words.label(title) if "enum" in schema else title


def open_workspace(
    task_id: UUID,
    actor: User,
    *,
    posted: Mapping[str, Any] | None = None,
    reason: str = "",
    error: InvalidInput | None = None,
    return_to: str = "",
) -> Workspace | None:
    """The screen of a task, in one statement; None if there is no such task.

    posted is an output just handed in, which wins over the draft, which wins over the candidate.
    """
    screen = read_screen(task_id, actor)
    if screen is None:
        return None
    return of_screen(screen, actor, posted=posted, reason=reason, error=error, return_to=return_to)


def of_screen(
    screen: Screen,
    actor: User,
    *,
    posted: Mapping[str, Any] | None = None,
    reason: str = "",
    error: InvalidInput | None = None,
    return_to: str = "",
) -> Workspace:
    """What the template draws of a screen that was read."""
    task = screen.task
    item = task.item
    agreement = agreement_of(item.contract_id)
    candidate = screen.candidate
    draft = screen.draft
    values = posted
    if posted is None and draft is not None:
        values = draft["output"]
        reason = reason or draft["reason"]
    now = timezone.now()
    problems = dict(error.errors) if error else {}
    rows = fields.build(agreement, candidate=candidate, values=values, errors=problems)
    return Workspace(
        task=task,
        process_title=screen.process_title,
        headline=headline_of(agreement, item),
        reference=item.external_id or str(item.pk)[-6:],
        kind=words.kind(task),
        input=showing.read(agreement.input_schema, item.payload, title=agreement.input_title),
        fields=rows,
        has_candidate=candidate is not None,
        blind_note=_blind_note(task, has_candidate=candidate is not None),
        reasons=_reasons(screen, agreement),
        opinions=_opinions(task, actor, agreement),
        provenance=_provenance(screen),
        due=words.due(task.due_at, now),
        seconds_left=_seconds_left(task, now),
        reason=reason,
        has_draft=posted is None and draft is not None,
        errors=_summary(error, rows),
        return_to=return_to,
    )


def _seconds_left(task: Task, now: datetime) -> int:
    return max(0, int((task.lease_until - now).total_seconds())) if task.lease_until else 0


def _blind_note(task: Task, *, has_candidate: bool) -> str:
    if task.kind == Task.Kind.QUALITY:
        return "Quality sample: decide for yourself, the model's answer stays hidden."
    if task.is_blind:
        return "Decide for yourself: no suggestion is shown."
    return "" if has_candidate else "The model has no answer for this item."


def _reasons(screen: Screen, agreement: Agreement) -> list[str]:
    """Why the task is here: what became of the task, then what routing said, in its order."""
    task = screen.task
    told = [f"{_HANDED_BACK[one['kind']]}: “{one['reason']}”" for one in screen.handed_back]
    if task.slots > 1:
        told.append("Two people decide on this item, each for themselves.")
    elif task.kind == Task.Kind.ADJUDICATION:
        told.append("Two people decided differently: your word settles it.")
    for reason in (screen.route or {}).get("reasons", []):
        code = reason.get("code")
        if task.is_blind and code in _TELLING:
            continue
        told.append(why(reason, agreement))
    return told


def _opinions(task: Task, actor: User, agreement: Agreement) -> list[Opinion]:
    if task.kind != Task.Kind.ADJUDICATION:
        return []
    return [
        Opinion(
            verdict=words.VERDICTS.get(one.verdict, one.verdict),
            output=output_facts(agreement, one.output or {}),
            reason=one.reason,
        )
        for one in task_view(task.pk, actor.pk).opinions
    ]


def output_facts(agreement: Agreement, output: Mapping[str, Any]) -> list[Fact]:
    """An output as labels and values in words."""
    properties = agreement.output_schema["properties"]
    order = agreement.output_fields
    return [
        Fact(
            str(properties.get(name, {}).get("title") or words.label(name)),
            fields.choice_label(value)
            if "enum" in properties.get(name, {})
            else fields.shown(value),
        )
        for name, value in ((one, output[one]) for one in order if one in output)
    ]


def why(reason: Mapping[str, Any], agreement: Agreement) -> str:
    """A reason of routing as a sentence in the words of the contract."""
    if reason.get("code") == "check_failed" and reason.get("message"):
        return str(reason["message"])
    name = reason.get("field")
    if not isinstance(name, str):
        return sentence(reason)
    schema = agreement.output_schema["properties"].get(name, {})
    return sentence({**reason, "field": schema.get("title") or words.label(name)})


def _provenance(screen: Screen) -> list[Fact]:
    task, candidate, route = screen.task, screen.candidate, screen.route
    facts = [Fact("Contract", f"version {screen.contract_number}", screen.contract_digest)]
    if route is not None:
        facts.append(Fact("Stage", words.label(route["stage"])))
        facts.append(Fact("Route", words.OUTCOMES.get(route["outcome"], route["outcome"])))
    facts.append(Fact("Segment", words.label(task.item.segment)))
    if candidate is None:
        return facts
    if candidate["model"]:
        version = f"{candidate['model']} v{candidate['version']}"
        facts.append(Fact("Model", version, candidate["digest"] or ""))
    facts.append(Fact("Provider", candidate["provider"]))
    if candidate["prompt_sha256"]:
        prompt = candidate["prompt_sha256"]
        facts.append(Fact("Prompt", f"SHA-256 {prompt[:12]}…", prompt))
    facts.append(Fact("Answered in", f"{candidate['latency_ms']} ms"))
    if candidate["tokens"]:
        facts.append(Fact("Tokens", f"{candidate['tokens']:,}"))
    facts.append(Fact("Cost", words.money(candidate["cost_micros"])))
    return facts


def _summary(error: InvalidInput | None, rows: list[fields.Field]) -> list[str]:
    """The error's message, with what is wrong but belongs to no field on the screen."""
    if error is None:
        return []
    names = {row.name for row in rows}
    loose = [
        why
        for path, why in error.errors.items()
        if path.removeprefix("output.").split(".")[0] not in names and why != "required"
    ]
    return [str(error), *[why for why in loose if why != str(error)]]


def toast_of(decision: Decision, item_reference: str, *, effects: bool) -> Toast:
    """What a decision's toast says; the countdown is the rest of the undo window."""
    left = int((decision.undo_until - timezone.now()).total_seconds())
    return Toast(
        text=words.decision_line(decision),
        reference=item_reference,
        decision_id=decision.pk,
        seconds_left=max(0, left),
        has_effects=effects,
    )
