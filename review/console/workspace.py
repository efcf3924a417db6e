"""The review screen of one task as plain values: what the template draws, ready made."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from governance.contracts.agreement import Agreement, agreement_of
from governance.errors import InvalidInput
from governance.models import User
from governance.privacy.masking import AT_WORK, OPEN, Masked, restored
from review.access import rights
from review.console import documents, evidence, fields, provenance, showing, words
from review.console.provenance import Condition
from review.console.provenance import Fact as Fact
from review.console.provenance import why as why
from review.console.screen import Screen, read_screen
from review.console.veils import Veils
from review.models import Decision, Item, Task
from review.revealing.queries import may_reveal
from review.revealing.sight import Sight
from review.routing.words import without_telling
from review.tasks.queries import task_view

_WHO = ("First", "Second", "Third", "Fourth")
_HANDED_BACK = {
    "skipped": "Skipped by a colleague",
    "escalated": "Escalated by a colleague",
    "handed_over": "Handed over by a colleague",
}


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one of two people decided, for the one who settles it; who it was is not said."""

    who: str
    verdict: str
    output: Mapping[str, Any]
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
    documents: tuple[documents.ShownDocument, ...]
    fields: list[fields.Field]
    has_candidate: bool
    blind_note: str
    reasons: list[str]
    opinions: list["Opinion"]
    provenance: list[Fact]
    conditions: list[Condition]
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
    def flagged(self) -> int:
        return sum(1 for one in self.fields if one.is_flagged)

    @property
    def pages(self) -> int:
        return sum(len(one.pages) for one in self.documents)


@dataclass(frozen=True, slots=True)
class Toast:
    """What just happened, with the way back: undo costs nothing for `seconds_left`."""

    text: str
    reference: str
    decision_id: UUID | None = None
    seconds_left: int = 0
    has_effects: bool = False


def headline_of(agreement: Agreement, item: Item, kinds: Collection[str] = OPEN) -> str:
    """The item's title in words; its external id or own id where the contract names none, or one
    whose label is not among kinds."""
    label = agreement.label_at(f"input.{agreement.input_title}") or "none"
    title = agreement.headline(item.payload) if label in kinds else ""
    if not title:
        return item.external_id or f"Item {str(item.pk)[-6:]}"
    schema = agreement.input_schema["properties"].get(agreement.input_title, {})
    return words.label(title) if "enum" in schema else title


def open_workspace(
    task_id: UUID,
    actor: User,
    *,
    posted: Mapping[str, Any] | None = None,
    taken: Mapping[str, Any] | None = None,
    reason: str = "",
    error: InvalidInput | None = None,
    return_to: str = "",
) -> Workspace | None:
    """The screen of a task, in one statement; None if there is no such task.

    posted is an output just handed in, with the places its values were taken over from; it wins
    over the draft, which wins over the candidate.
    """
    screen = read_screen(task_id, actor)
    if screen is None:
        return None
    return of_screen(
        screen, actor, posted=posted, taken=taken, reason=reason, error=error, return_to=return_to
    )


def of_screen(
    screen: Screen,
    actor: User,
    *,
    posted: Mapping[str, Any] | None = None,
    taken: Mapping[str, Any] | None = None,
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
    sight = Sight(AT_WORK, screen.revealed, may_ask=may_reveal(rights(actor), item.process_id))
    veils = Veils(item.pk, sight)
    values = posted
    if posted is None and draft is not None:
        values = draft["output"]
        reason = reason or draft["reason"]
        taken = taken or draft["evidence"]
    if values is not None and candidate is not None:
        values = restored(values, agreement.output_labels, candidate["output"])
    now = timezone.now()
    opinions = _opinions(task, actor)
    rows = fields.build(
        agreement,
        candidate=candidate,
        values=values,
        errors=dict(error.errors) if error else {},
        notes=provenance.notes_of(_told(screen), agreement) if candidate is not None else {},
        taken=evidence.taken(taken),
        opinions=[(one.who, one.output) for one in opinions if one.output],
        documents={one["id"]: one["name"] for one in screen.documents},
        hidden=sight.hidden_outputs(agreement),
        veils=veils,
    )
    return Workspace(
        task=task,
        process_title=screen.process_title,
        headline=headline_of(agreement, item, AT_WORK),
        reference=item.external_id or str(item.pk)[-6:],
        kind=words.kind(task),
        input=showing.read(
            agreement.input_schema,
            sight.payload(agreement, item.payload),
            title=agreement.input_title,
            veils=veils,
        ),
        documents=documents.shown(screen.documents),
        fields=rows,
        has_candidate=candidate is not None,
        blind_note=_blind_note(task, has_candidate=candidate is not None),
        reasons=_reasons(screen, agreement),
        opinions=opinions,
        provenance=provenance.facts(screen),
        conditions=provenance.conditions(screen, agreement),
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
    told = [words.refusal(one) for one in screen.refusals]
    told += [f"{_HANDED_BACK[one['kind']]}: “{one['reason']}”" for one in screen.handed_back]
    if task.slots > 1:
        told.append("Two people decide on this item, each for themselves.")
    elif task.kind == Task.Kind.ADJUDICATION:
        told.append("Two people decided differently: your word settles it.")
    told += [why(reason, agreement) for reason in _told(screen)]
    return told


def _told(screen: Screen) -> list[Mapping[str, Any]]:
    """Routing's reasons that this person may see, in their order."""
    reasons = list((screen.route or {}).get("reasons", []))
    return without_telling(reasons) if screen.task.is_blind else reasons


def _opinions(task: Task, actor: User) -> list[Opinion]:
    if task.kind != Task.Kind.ADJUDICATION:
        return []
    return [
        Opinion(
            who=who,
            verdict=words.VERDICTS.get(one.verdict, one.verdict),
            output=one.output or {},
            reason=one.reason,
        )
        for who, one in zip(_WHO, task_view(task.pk, actor.pk).opinions, strict=False)
    ]


def output_facts(
    agreement: Agreement, output: Mapping[str, Any], veils: Veils, place: str
) -> list[Fact]:
    """An output as labels and values in words, with a veil over what is masked; place as veils
    name it."""
    seen = veils.sight.output(agreement, output)
    properties = agreement.output_schema["properties"]
    order = agreement.output_fields
    return [
        Fact(
            str(properties.get(name, {}).get("title") or words.label(name)),
            fields.choice_label(value)
            if "enum" in properties.get(name, {}) and not isinstance(value, Masked)
            else str(value)
            if isinstance(value, Masked)
            else fields.shown(value),
            veil=veils.maybe(agreement.label_at(f"output.{name}"), f"output.{name}", place),
        )
        for name, value in ((one, seen[one]) for one in order if one in seen)
    ]


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
