"""A task with all that a person needs to judge it, in one statement; what a person holds."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from governance.contracts.agreement import Agreement, agreement_of
from governance.models import User
from governance.privacy.vault.vault import Vault
from review.models import Decision, Handover, Hold, Task
from review.routing.words import without_telling

# A blind task's candidate does not leave the database.
_VIEW_SQL = """
    SELECT t.id, t.kind, t.state, t.is_blind, t.is_escalated, t.slots, t.priority, t.due_at,
           t.claimed_by_id, t.claimed_at, t.lease_until,
           q.id, q.name, q.process_id,
           i.id, i.external_id, i.payload::text, i.segment, i.received_at, i.contract_id, i.seed,
           c.id, c.output::text, c.confidence::text, c.sources::text,
           r.outcome, r.reasons::text,
           d.output::text, d.reason, d.updated_at,
           (SELECT jsonb_agg(jsonb_build_object('kind', p.kind, 'reason', p.reason) ORDER BY p.id)
              FROM review_passedover p WHERE p.task_id = t.id)::text
    FROM review_task t
    JOIN review_item i ON i.id = t.item_id
    JOIN review_queue q ON q.id = t.queue_id
    LEFT JOIN LATERAL (
        SELECT c.id, c.output, c.confidence, c.sources FROM review_candidate c
        WHERE c.item_id = t.item_id AND NOT t.is_blind ORDER BY c.id DESC LIMIT 1
    ) c ON true
    LEFT JOIN review_route r ON r.item_id = t.item_id
    LEFT JOIN review_draft d ON d.task_id = t.id AND d.actor_id = %(actor)s
    WHERE t.id = %(task)s
"""


# The statement's first columns are the view's first fields.
_PLAIN = (
    *("id", "kind", "state", "is_blind", "is_escalated", "slots", "priority", "due_at"),
    *("claimed_by_id", "claimed_at", "lease_until"),
    *("queue_id", "queue", "process", "item_id", "external_id"),
)


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A model's proposed output; confidence from 0 to 1 per field, None where unknown."""

    id: UUID
    output: Mapping[str, Any]
    confidence: Mapping[str, float | None]
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DraftView:
    output: Mapping[str, Any]
    reason: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Opinion:
    """A verdict of the round that an adjudicator decides between; who gave it is not said."""

    verdict: str
    output: Mapping[str, Any] | None
    reason: str


@dataclass(frozen=True, slots=True)
class HandedBack:
    """Why somebody before skipped or escalated the task."""

    kind: str  # skipped, escalated
    reason: str


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task as one person sees it: `draft` is theirs; `candidate` is None on a blind task."""

    id: UUID
    kind: str
    state: str
    is_blind: bool
    is_escalated: bool
    slots: int
    priority: int
    due_at: datetime
    claimed_by_id: UUID | None
    claimed_at: datetime | None
    lease_until: datetime | None
    queue_id: int
    queue: str
    process: str
    item_id: UUID
    external_id: str | None
    payload: Mapping[str, Any]
    segment: str
    received_at: datetime
    contract_id: UUID
    candidate: CandidateView | None
    route: str | None  # of Route.Outcome; None before routing
    reasons: Sequence[Mapping[str, Any]]  # {"code": ..., numbers}; on a blind task none that tell
    draft: DraftView | None
    handed_back: Sequence[HandedBack] = ()
    opinions: Sequence[Opinion] = ()

    @property
    def agreement(self) -> Agreement:
        """The contract that the item came in under; no query once a process has read it."""
        return agreement_of(self.contract_id)

    @property
    def headline(self) -> str:
        return self.agreement.headline(self.payload)


def task_view(task_id: UUID, actor_id: UUID) -> TaskView:
    """A task for display, with the draft of this person. One statement; an adjudication has a
    second one for the opinions. The caller has checked rights. Raises Task.DoesNotExist."""
    with connection.cursor() as cursor:
        cursor.execute(_VIEW_SQL, {"task": task_id, "actor": actor_id})
        row = cursor.fetchone()
    if row is None:
        raise Task.DoesNotExist
    payload, segment, received_at, contract_id, seed = row[16:21]
    candidate_id, output, confidence, sources = row[21:25]
    outcome, reasons, draft_output, draft_reason, draft_at, handed_back = row[25:]
    kind, is_blind, item_id = row[1], row[3], row[14]
    vault = Vault(contract_id, item_id, seed)
    why: list[Mapping[str, Any]] = json.loads(reasons or "[]")
    return TaskView(
        **dict(zip(_PLAIN, row[:16], strict=True)),
        payload=vault.open("input", json.loads(payload)),
        segment=segment,
        received_at=received_at,
        contract_id=contract_id,
        candidate=None
        if candidate_id is None
        else CandidateView(
            candidate_id,
            vault.open("output", json.loads(output)),
            json.loads(confidence),
            json.loads(sources),
        ),
        route=outcome,
        reasons=without_telling(why) if is_blind else why,
        draft=None
        if draft_at is None
        else DraftView(vault.open("output", json.loads(draft_output)), draft_reason, draft_at),
        handed_back=[HandedBack(**one) for one in json.loads(handed_back or "[]")],
        opinions=_opinions(item_id) if kind == Task.Kind.ADJUDICATION else (),
    )


def _opinions(item_id: UUID) -> list[Opinion]:
    decided = (
        Decision.objects.filter(
            item_id=item_id, state=Decision.State.ACTIVE, settles=False, task__isnull=False
        )
        .exclude(task__kind=Task.Kind.QUALITY)
        .select_related("item")
        .order_by("pk")
    )
    return [Opinion(one.verdict, one.output, one.reason) for one in decided]


def held_by(actor: User) -> QuerySet[Task]:
    """The tasks a person holds right now, the longest held first."""
    return (
        Task.objects.filter(claimed_by=actor, state=Task.State.CLAIMED)
        .select_related("queue", "item")
        .order_by("claimed_at")
    )


def kept_for_later(tasks: Sequence[Task]) -> dict[UUID, Hold]:
    """Task id to the hold that is in force, of tasks that people hold. One statement."""
    held = {task.pk: task for task in tasks}
    holds = Hold.objects.filter(task__in=held, ended_at__isnull=True, until__gt=timezone.now())
    return {
        hold.task_id: hold for hold in holds if hold.actor_id == held[hold.task_id].claimed_by_id
    }


def handed_to(actor: User, tasks: Sequence[Task]) -> dict[UUID, Handover]:
    """Task id to the hand-over by which this person got it, where that is how. One statement."""
    claimed = {task.pk: task.claimed_at for task in tasks}
    rows = Handover.objects.filter(to=actor, task__in=claimed).select_related("actor")
    return {row.task_id: row for row in rows.order_by("pk") if row.at == claimed[row.task_id]}
