"""What the console says: times, confidence, effects and events as words for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from review.effects.withdrawing import Withdrawal
from review.models import Decision, Effect, Task

SOON = timedelta(hours=2)  # a due time this near is marked
VERDICTS = {"accept": "Accepted", "correct": "Corrected", "reject": "Rejected"}
OUTCOMES = {
    "automatic": "Acted alone",
    "review": "Sent to review",
    "compliance": "Sent to compliance",
    "manual": "Left to people",
}
_SOURCES = {
    "class_probability": "class probability",
    "token_logprob": "token probabilities",
    "structured": "read from structured data",
    "self_reported": "the model's own word",
}


@dataclass(frozen=True, slots=True)
class Due:
    """A due time in words; level is ok, soon or over."""

    at: datetime
    text: str
    level: str


def label(name: str) -> str:
    """A name of the contract as words: `reserve_band` becomes `Reserve band`."""
    text = name.replace("_", " ").replace("-", " ").strip()
    return text[:1].upper() + text[1:]


def span(seconds: float) -> str:
    """A length of time, rounded down to what matters: `45 s`, `12 min`, `3 h`, `2 d`."""
    seconds = max(0, int(seconds))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 48 * 3600:
        hours, rest = divmod(seconds, 3600)
        minutes = rest // 60
        return f"{hours} h {minutes} min" if hours < 6 and minutes else f"{hours} h"
    return f"{seconds // 86400} d"


def due(at: datetime, now: datetime) -> Due:
    """When something is due, seen from now."""
    left = at - now
    if left < timedelta(0):
        return Due(at, f"overdue by {span(-left.total_seconds())}", "over")
    level = "soon" if left <= SOON else "ok"
    return Due(at, f"due in {span(left.total_seconds())}", level)


def percent(value: float) -> str:
    """A share rounded down, so that 89.9% never reads as the 90% it misses."""
    return f"{int(value * 100 + 1e-9)}%"


def source(name: str) -> str:
    return _SOURCES.get(name, label(name).lower())


def kind(task: Task) -> str:
    return Task.Kind(task.kind).label


def money(micros: int) -> str:
    """Millionths of the provider's currency unit; most calls cost far less than one."""
    if micros == 0:
        return "none"
    return f"{micros / 1_000_000:.6f}".rstrip("0").rstrip(".")


def fate(withdrawal: Withdrawal) -> str:
    """What an undo did to one effect."""
    name = label(withdrawal.name)
    match withdrawal.what:
        case "cancelled":
            return f"{name}: not sent yet, nothing to take back."
        case "compensating":
            return f"{name}: was sent, is being reversed now."
        case "compensating_after_send":
            return f"{name}: is being sent right now, will be reversed once it has arrived."
    note = f" {withdrawal.note}" if withdrawal.note else ""
    return f"{name}: cannot be taken back.{note}"


def is_written_off(effect: Effect) -> bool:
    """Whether a person gave the effect up; nothing here takes it back."""
    return bool(effect.result and effect.result.get("written_off"))


def state(effect: Effect) -> str:
    """How an effect stands."""
    if effect.is_held and effect.state == Effect.State.SCHEDULED:
        return "held by compliance"
    if effect.state == Effect.State.CANCELLED and effect.result and is_written_off(effect):
        return f"given up; settled by hand: {effect.result['reason']}"
    return effect.get_state_display()


def prospect(effect: Effect, now: datetime) -> str:
    """What an undo would do to one effect, before it happens."""
    name = label(effect.name)
    match effect.state:
        case Effect.State.SCHEDULED if effect.attempts and effect.has_compensation:
            return f"{name}: was tried and may have arrived, will be reversed in case it did."
        case Effect.State.SCHEDULED if effect.attempts:
            return f"{name}: was tried; what arrived cannot be taken back. {effect.irreversible}"
        case Effect.State.SCHEDULED:
            return f"{name}: not sent yet, nothing to take back."
        case Effect.State.RUNNING:
            reversal = "will be reversed once it has arrived"
            if not effect.has_compensation:
                reversal = f"cannot be taken back. {effect.irreversible}"
            return f"{name}: is being sent right now, {reversal}."
        case Effect.State.DONE:
            ago = span((now - (effect.finished_at or now)).total_seconds())
            if not effect.has_compensation:
                return f"{name}: sent {ago} ago, cannot be taken back. {effect.irreversible}"
            return f"{name}: sent {ago} ago, will be reversed."
        case Effect.State.FAILED if not effect.attempts:
            return f"{name}: was never sent, nothing to take back."
        case Effect.State.FAILED if not effect.has_compensation:
            return f"{name}: failed for good; what arrived cannot be taken back."
        case Effect.State.FAILED:
            return f"{name}: failed for good, will be reversed in case it did arrive."
        case Effect.State.CANCELLED if is_written_off(effect):
            return f"{name}: given up; settled by hand, to be taken back by hand as well."
    return f"{name}: {state(effect)}."


def decision_line(decision: Decision) -> str:
    """A decision in a few words, for a toast or a title."""
    return VERDICTS.get(decision.verdict, decision.verdict)


def refusal(told: Mapping[str, Any]) -> str:
    """Why compliance refused an output: policy, version, heading, comment."""
    where = f"{told['policy']}, version {told['version']}"
    where += f", {told['heading']}" if told["heading"] else ""
    return f"Compliance refused what was decided before, by {where}: “{told['comment']}”"


_EVENTS = {
    "item.received": "Handed in",
    "item.routed": "Routed",
    "item.completed": "Completed",
    "item.rejected": "Ended as rejected",
    "item.withdrawn": "Work ended, to be erased",
    "item.erased": "Personal data erased for good",
    "item.part_erased": "Data erased in part",
    "erasure.refused": "Not erased: a legal hold keeps it",
    "hold.set": "Legal hold set",
    "hold.lifted": "Legal hold lifted",
    "document.received": "File received",
    "document.read": "File read",
    "document.refused": "File left to people unread",
    "document.downloaded": "Original downloaded",
    "candidate.made": "Candidate made",
    "candidate.failed": "The model gave no usable answer",
    "shadow.answered": "A shadow answered; nobody acts on it",
    "shadow.failed": "A shadow gave no usable answer",
    "task.opened": "Task opened",
    "task.claimed": "Task claimed",
    "task.released": "Task handed back",
    "task.skipped": "Task skipped",
    "task.offered_again": "Task offered again to those who skipped it",
    "task.escalated": "Task escalated",
    "task.reassigned": "Task given to another person",
    "task.handed_over": "Task handed over with a note",
    "task.held": "Task held for later",
    "task.taken_up": "Held task taken up again",
    "task.escalated_by_time": "Task escalated by the clock",
    "note.written": "Note written",
    "task.lease_expired": "Claim ran out",
    "task.reopened": "Task opened again",
    "task.cancelled": "Task cancelled",
    "decision.made": "Decided",
    "decision.amended": "Decision amended",
    "decision.undone": "Decision undone",
    "gate.entered": "Compliance's checks begun",
    "gate.held": "Held by compliance",
    "gate.passed": "Passed compliance's checks",
    "gate.released": "Released by compliance",
    "gate.refused": "Refused by compliance",
    "gate.withdrawn": "Hold withdrawn with its decision",
    "effect.scheduled": "Effect scheduled",
    "effect.done": "Effect done",
    "effect.failed": "Effect failed for good",
    "effect.retry_scheduled": "Effect failed for now, will be tried again",
    "effect.retried": "Effect sent again by a person",
    "effect.written_off": "Effect given up; settled by hand",
    "effect.cancelled": "Effect cancelled before it was sent",
    "effect.withdrawn": "Effect withdrawn while it was being sent",
    "effect.compensation_scheduled": "Reversal scheduled",
    "effect.compensated": "Effect reversed",
    "personal.revealed": "Personal value revealed",
    "personal.reveal_ended": "Reveal ended",
    "personal.reveal_refused": "Reveal refused: too many in a day",
}


def event(kind_: str, data: Mapping[str, Any]) -> str:
    """A ledger entry in words, with the one detail that tells it from its like."""
    text = _EVENTS.get(kind_, label(kind_.replace(".", " ")))
    if kind_ == "item.routed":
        return OUTCOMES.get(str(data.get("outcome")), text)
    if kind_.startswith("decision.") and data.get("verdict"):
        verdict = VERDICTS.get(str(data["verdict"]), str(data["verdict"]))
        return f"{text}: {verdict.lower()}" if kind_ != "decision.made" else verdict
    detail = data.get("name") or data.get("queue") or data.get("provider")
    return f"{text}: {detail}" if detail else text
