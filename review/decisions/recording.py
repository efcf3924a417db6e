"""Judging a verdict against the contract, and writing it down."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from governance.contracts.agreement import Agreement
from governance.errors import InvalidInput
from governance.ledger.operations import Event
from governance.models import User
from governance.privacy.redact import commitment, redact
from governance.rows import Rows
from review.duplicates.operations import claim_decided
from review.models import Candidate, Decision, Item, Task

MAX_REASON_CHARACTERS = 2000
_ROWS = Rows(Decision, "d")


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict that the contract allows, with the output that it stands for."""

    verdict: str
    output: dict[str, Any] | None
    reason: str


def judge(
    agreement: Agreement,
    candidate: Candidate | None,
    task: Task | None,
    verdict: str,
    output: Mapping[str, Any] | None,
    reason: str,
) -> Judged:
    """Check a verdict against the contract. Raises InvalidInput with a reason per field."""
    if len(reason) > MAX_REASON_CHARACTERS:
        limit = f"At most {MAX_REASON_CHARACTERS} characters."
        raise InvalidInput("The reason is too long.", {"reason": limit})
    if verdict == Decision.Verdict.REJECT:
        if not reason.strip():
            raise InvalidInput("Say why it is rejected.", {"reason": "A reason is needed."})
        return Judged(verdict, None, reason)
    is_blind = task is not None and task.is_blind
    if verdict == Decision.Verdict.ACCEPT:
        if candidate is None or is_blind:
            raise InvalidInput(
                "There is no candidate to accept; give the output.", {"output": "required"}
            )
        if output is not None and dict(output) != candidate.output:
            raise InvalidInput(
                "Accepting changes nothing; use correct to change the output.",
                {"output": "differs from the candidate"},
            )
        return Judged(verdict, candidate.output, reason)
    if verdict != Decision.Verdict.CORRECT:
        raise InvalidInput("Unknown verdict.", {"verdict": "accept, correct or reject"})
    if output is None:
        raise InvalidInput("Give the corrected output.", {"output": "required"})
    errors = agreement.output_errors(dict(output))
    if errors:
        prefixed = {f"output.{path}" if path else "output": why for path, why in errors.items()}
        raise InvalidInput("The output does not fit the contract.", prefixed)
    if candidate is not None and not is_blind and dict(output) == candidate.output:
        # Nothing was corrected: counting it as a correction would flatter the override rate.
        return Judged(Decision.Verdict.ACCEPT, candidate.output, reason)
    return Judged(verdict, dict(output), reason)


def record(
    *,
    item: Item,
    task: Task | None,
    candidate: Candidate | None,
    actor: User | None,
    judged: Judged,
    agreement: Agreement,
    now: datetime,
    settles: bool,
    supersedes: Decision | None = None,
    evidence: Mapping[str, Any] | None = None,
    active_seconds: int = 0,
    run_id: UUID | None = None,
) -> Decision:
    """A new decision in force; the caller holds the item's row lock.

    evidence is where a person took values over from, by path of the output; active_seconds how
    long they were at work on it; run_id names the bulk run that it belongs to.
    """
    decision = Decision(
        item=item,
        task=task,
        candidate=candidate,
        actor=actor,
        verdict=judged.verdict,
        output=judged.output,
        reason=judged.reason,
        evidence=dict(evidence or {}) if judged.output is not None else {},
        settles=settles,
        supersedes=supersedes,
        created_at=now,
        undo_until=now + timedelta(seconds=agreement.undo_window_seconds),
        active_seconds=active_seconds,
        run_id=run_id,
    )
    _ROWS.insert([decision])
    if (
        settles
        and judged.output is not None
        and (candidate is None or judged.output != candidate.output)
    ):
        # What a person found out is what later items are compared with.
        claim_decided(item, agreement, judged.output)
    return decision


def decision_event(
    decision: Decision, item: Item, agreement: Agreement, kind: str, *, actor: str, **data: Any
) -> Event:
    """The ledger's view of a decision: personal output fields as commitments."""
    salt = bytes(item.salt)
    output = decision.output
    return Event(
        kind=kind,
        item=item.pk,
        process=item.process_id,
        actor=actor,
        data={
            "decision": str(decision.pk),
            "task": str(decision.task_id) if decision.task_id else None,
            "verdict": decision.verdict,
            "output": None
            if output is None
            else redact(output, agreement.personal_output_fields, salt),
            "reason": commitment(decision.reason, salt) if decision.reason else None,
            **({"evidence": decision.evidence} if decision.evidence else {}),
            **data,
        },
    )
