"""An incident in words: its timeline, its measures, and how it can be moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from governance.incidents.models import Incident, Playbook
from governance.models import Entry
from review.console import words
from review.console.queries import names_of
from review.incidents import queries

SOURCES = {
    "person": "by hand",
    "ledger_inconsistent": "alarm: the ledger contradicts a checkpoint",
    "effects_failing": "alarm: effects fail for good",
}
MOVES = {
    "contained": "It is contained",
    "resolved": "It is resolved",
    "closed": "Close it",
    "open": "Open it again",
}
DOES = {
    "halt": "Halt the process",
    "pause": "Pause the model",
    "stage": "Step the stage down",
    "rollback": "Roll the model back",
    "thresholds": "Raise the thresholds",
    "notify": "Tell people",
    "manual": "By hand",
}
_SAYS = {
    "incident.opened": "Incident opened, severity {severity}",
    "incident.owned": "An owner was named",
    "incident.graded": "Severity from {before} to {after}",
    "incident.written": "Written: {texts}",
    "incident.contained": "Contained",
    "incident.resolved": "Resolved",
    "incident.closed": "Closed",
    "incident.reopened": "Opened again",
    "incident.items_found": "Affected items: {found} found, {added} of them new",
    "incident.items_taken": "Affected items taken as a file, {rows} rows",
    "playbook.started": "Playbook {slug} v{version} begun",
    "playbook.step_done": "Playbook step {step} done: {does}",
    "playbook.step_failed": "Playbook step {step} could not be done: {does}",
    "playbook.step_skipped": "Playbook step {step} left out: {does}",
    "playbook.ended": "Playbook finished",
    "run.planned": "Measure planned ({verb}): {items} items",
    "run.started": "Measure begun ({verb})",
    "run.confirmed": "Measure goes on ({verb})",
    "run.tried": "First few done ({verb})",
    "run.done": "Measure finished ({verb})",
    "run.stopped": "Measure stopped ({verb})",
    "run.dropped": "Measure dropped ({verb})",
    "automation.halted": "Halted",
    "automation.resumed": "Goes on after the halt",
    "threshold.raised": "Thresholds raised to {floor:.0%}",
    "threshold.restored": "Thresholds are the contract's own again",
    "process.stage_changed": "Stage from {before} to {after}",
    "process.paused": "The model was paused",
    "process.resumed": "The model was resumed",
    "model.deployed": "Another model version serves",
    "model.retired": "No model version serves any more",
    "model.rolled_back": "The model was rolled back",
    "contract.applied": "Another contract version is in force",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the timeline in words."""

    at: datetime
    text: str
    process: str
    actor: str
    hash: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a playbook in words."""

    does: str
    detail: str
    say: str


def moments(incident: Incident, processes: Sequence[str]) -> list[Moment]:
    """The timeline of an incident."""
    entries = queries.timeline(incident, processes)
    names = names_of(_people(entry.actor for entry in entries))
    return [
        Moment(
            entry.at,
            _says(entry),
            entry.process or "",
            actor_in_words(entry.actor, names),
            bytes(entry.hash).hex(),
        )
        for entry in entries
    ]


def actor_in_words(actor: str, names: Mapping[UUID, str] | None = None) -> str:
    """Who acted, as people say it."""
    if not actor.startswith("user:"):
        return words.label(actor.partition(":")[2] or actor)
    found = names_of(_people([actor])) if names is None else names
    return found.get(UUID(actor.removeprefix("user:")), "a former colleague")


def step_in_words(step: Mapping[str, Any]) -> Step:
    """A step of a playbook, with what it would do."""
    detail = {
        "stage": f"to {step.get('to')}",
        "thresholds": f"to {float(step.get('floor', 0)):.0%}",
        "notify": ", ".join(str(role).replace("_", " ") for role in step.get("roles", ())),
    }.get(step["do"], "")
    return Step(DOES.get(step["do"], step["do"]), detail, step["say"])


def steps_of(playbook: Playbook) -> list[Step]:
    return [step_in_words(step) for step in playbook.steps]


def _says(entry: Entry) -> str:
    data = dict(entry.data)
    data["step"] = int(data.get("position", 0)) + 1
    data["does"] = DOES.get(str(data.get("do")), "")
    if isinstance(data.get("texts"), list):
        data["texts"] = ", ".join(data["texts"])
    try:
        return _SAYS[entry.kind].format_map(data)
    except (KeyError, ValueError, TypeError):
        return entry.kind


def _people(actors: Iterable[str]) -> list[UUID]:
    return [UUID(one.removeprefix("user:")) for one in actors if one.startswith("user:")]
