"""Rows as JSON. Plain functions: a serializer would cost more than the statements it shows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rest_framework.request import Request
from rest_framework.reverse import reverse

from governance.contracts.agreement import Agreement, agreement_of
from governance.contracts.models import Process
from governance.ledger.lineage import LineageEntry
from governance.privacy.masking import Masked
from integrations.documents.model import Page
from review.bulk import queries as runs
from review.bulk.choosing import REASONS
from review.decisions.operations import Undone
from review.documents.queries import DocumentView
from review.effects.withdrawing import Withdrawal
from review.gate.models import GateHold
from review.items.counts import Count, Recent
from review.items.intake import Received
from review.items.queries import ItemView
from review.models import Decision, Effect, Item, Queue, Run, Task
from review.queues.queries import Line
from review.revealing.sight import MASKED, Sight
from review.routing.words import sentence
from review.tasks.queries import CandidateView, TaskView

Json = dict[str, Any]


def item_url(request: Request, item_id: Any) -> str:
    """The address is looked up once a request: a bulk answer holds ten thousand."""
    items: str | None = getattr(request, "items_url", None)
    if items is None:
        items = reverse("api:items", request=request)
        request.items_url = items  # type: ignore[attr-defined]
    return f"{items}{item_id}/"


def item_summary(request: Request, item: Item) -> Json:
    return {
        "id": item.pk,
        "process": item.process_id,
        "external_id": item.external_id,
        "state": item.state,
        "segment": item.segment,
        "priority": item.priority,
        "due_at": item.due_at,
        "received_at": item.received_at,
        "ended_at": item.ended_at,
        "url": item_url(request, item.pk),
    }


def item(
    request: Request,
    view: ItemView,
    documents: Sequence[DocumentView] = (),
    sight: Sight = MASKED,
) -> Json:
    """An item with what of its life this caller may see, personal values as far as they do."""
    agreement = agreement_of(view.item.contract_id)
    return {
        **item_summary(request, view.item),
        "contract": view.contract_number,
        "outcome": outcome(view.settling, agreement, sight),
        "candidate": candidate(view.candidate, agreement, sight),
        "is_candidate_hidden": view.hides_candidate,
        "route": route(view),
        "decisions": [
            decision(one, agreement, sight, is_hidden=one.pk in view.hidden_decisions)
            for one in view.decisions
        ],
        "effects": [effect(one) for one in view.effects],
        "documents": [
            document(one, is_masked=not sight.sees_documents(agreement)) for one in documents
        ],
    }


def document(view: DocumentView, *, is_masked: bool = False) -> Json:
    """A document without its text; where it is masked, also without its name."""
    return {
        "id": view.id,
        "parent": view.parent_id,
        "position": view.position,
        "name": Masked("personal") if is_masked else view.name,
        "size_bytes": view.size_bytes,
        "sha256": view.sha256,
        "media_type": view.media_type or None,
        "state": view.state,
        "refusal": {"code": view.refusal, "detail": view.refusal_message}
        if view.is_refused
        else None,
        "notes": view.notes,
        "pages": view.page_count,
    }


def page(view: DocumentView, one: Page) -> Json:
    return {
        "document": view.id,
        "number": one.number,
        "width": one.width,
        "height": one.height,
        "source": one.source,
        "text": one.text,
        "words": [
            {
                "text": word.text,
                "start": word.start,
                "end": word.end,
                "line": word.line,
                "box": word.box,
                "confidence": word.confidence,
            }
            for word in one.words
        ],
    }


def outcome(settling: Decision | None, agreement: Agreement, sight: Sight) -> Json | None:
    """What the item rests on; null before that, and where it must not be seen yet."""
    if settling is None:
        return None
    return {
        "verdict": settling.verdict,
        "output": _output(settling.output, agreement, sight),
        "decided_at": settling.created_at,
    }


def _output(output: Mapping[str, Any] | None, agreement: Agreement, sight: Sight) -> Json | None:
    return None if output is None else sight.output(agreement, output)


def candidate(view: CandidateView | None, agreement: Agreement, sight: Sight) -> Json | None:
    if view is None:
        return None
    return {
        "id": view.id,
        "output": sight.output(agreement, view.output),
        "confidence": view.confidence,
        "sources": view.sources,
    }


def route(view: ItemView) -> Json | None:
    row = view.route
    if row is None:
        return None
    return {"outcome": row.outcome, "stage": row.stage, "reasons": reasons(view.reasons)}


def reasons(stored: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Each with its code, its numbers and a sentence for people."""
    return [
        {
            "code": one.get("code"),
            "sentence": sentence(one),
            "numbers": {name: value for name, value in one.items() if name != "code"},
        }
        for one in stored
    ]


def decision(
    row: Decision, agreement: Agreement, sight: Sight = MASKED, *, is_hidden: bool = False
) -> Json:
    """A decision; `is_hidden` leaves out what it says, while others still judge the item."""
    return {
        "id": row.pk,
        "task": row.task_id,
        "actor": str(row.actor_id) if row.actor_id else None,
        "verdict": None if is_hidden else row.verdict,
        "output": None if is_hidden else _output(row.output, agreement, sight),
        "reason": "" if is_hidden else row.reason,
        "state": row.state,
        "settles": row.settles,
        "created_at": row.created_at,
        "undo_until": row.undo_until,
    }


def own_decision(request: Request, row: Decision) -> Json:
    told = decision(row, agreement_of(row.item.contract_id))
    return {**told, "item": row.item_id, "item_url": item_url(request, row.item_id)}


def effect(row: Effect) -> Json:
    return {
        "id": row.pk,
        "item": row.item_id,
        "decision": row.decision_id,
        "name": row.name,
        "connector": row.connector,
        "state": row.state,
        "is_held": row.is_held,
        "compensates": row.compensates_id,
        "irreversible": row.irreversible,
        "attempts": row.attempts,
        "error": row.error,
        "due_at": row.due_at,
        "finished_at": row.finished_at,
    }


def held_output(row: GateHold) -> Json:
    """A decided output before the gate."""
    return {
        "id": row.pk,
        "process": row.process_id,
        "item": row.item_id,
        "decision": row.decision_id,
        "state": row.state,
        "reasons": reasons(row.reasons),
        "verdict": row.decision.verdict,
        "output": None
        if row.decision.output is None
        else MASKED.output(agreement_of(row.item.contract_id), row.decision.output),
        "decided_by": row.decision.actor_id,
        "due_at": row.due_at,
        "held_at": row.opened_at,
        "answered_by": row.answered_by_id,
        "answered_at": row.answered_at,
    }


def task(view: TaskView, sight: Sight) -> Json:
    """A task with all that a person needs to judge it, as far as its holder sees."""
    agreement = view.agreement
    payload = sight.payload(agreement, view.payload)
    title = payload.get(agreement.input_title) if agreement.input_title else None
    return {
        "id": view.id,
        "item": view.item_id,
        "process": view.process,
        "queue": view.queue,
        "kind": view.kind,
        "state": view.state,
        "is_blind": view.is_blind,
        "is_escalated": view.is_escalated,
        "priority": view.priority,
        "due_at": view.due_at,
        "lease_until": view.lease_until,
        "external_id": view.external_id,
        "headline": "" if isinstance(title, Masked) else view.headline,
        "segment": view.segment,
        "received_at": view.received_at,
        "payload": payload,
        "candidate": candidate(view.candidate, agreement, sight),
        "route": view.route,
        "reasons": reasons(view.reasons),
        "draft": None
        if view.draft is None
        else {
            "output": sight.output(agreement, view.draft.output),
            "reason": view.draft.reason,
            "updated_at": view.draft.updated_at,
        },
        "handed_back": [{"kind": one.kind, "reason": one.reason} for one in view.handed_back],
        "opinions": [
            {
                "verdict": one.verdict,
                "output": _output(one.output, agreement, sight),
                "reason": one.reason,
            }
            for one in view.opinions
        ],
    }


def held_task(row: Task) -> Json:
    return {
        "id": row.pk,
        "item": row.item_id,
        "process": row.queue.process_id,
        "queue": row.queue.name,
        "kind": row.kind,
        "state": row.state,
        "due_at": row.due_at,
        "lease_until": row.lease_until,
    }


def receipt(row: Decision) -> Json:
    return {
        "id": row.pk,
        "verdict": row.verdict,
        "state": row.state,
        "undo_until": row.undo_until,
    }


def undone(result: Undone) -> Json:
    return {
        "decision": receipt(result.decision),
        "effects": [withdrawal(one) for one in result.withdrawals],
        "task": result.task_id,
    }


def withdrawal(one: Withdrawal) -> Json:
    return {"id": one.effect_id, "name": one.name, "what": one.what, "note": one.note}


def process_summary(row: Process) -> Json:
    return {
        "slug": row.slug,
        "title": row.title,
        "stage": row.stage,
        "is_paused": row.is_paused,
        "contract": row.contract.number if row.contract else None,
    }


def process(row: Process, queues: Sequence[Queue]) -> Json:
    """A process with the agreement in force, as far as its callers need it."""
    agreement = agreement_of(row.contract_id) if row.contract_id else None
    return {
        **process_summary(row),
        "description": agreement.description if agreement else "",
        "risk": agreement.risk if agreement else None,
        "segments": [one.name for one in agreement.segments] if agreement else [],
        "input_schema": agreement.input_schema if agreement else None,
        "output_schema": agreement.output_schema if agreement else None,
        "undo_window_seconds": agreement.undo_window_seconds if agreement else None,
        "queues": [
            {
                "name": one.name,
                "role": one.role,
                "kinds": one.kinds,
                "lease_seconds": one.lease_seconds,
                "is_paused": one.is_paused,
            }
            for one in queues
        ],
    }


def line(one: Line) -> Json:
    return {
        "queue": one.queue.name,
        "open": one.open_count,
        "is_capped": one.is_capped,
        "next_due_at": one.next_due_at,
    }


def received(request: Request, result: Received) -> Json:
    return {
        "id": result.item_id,
        "state": result.state,
        "url": item_url(request, result.item_id),
        "repeated": result.status == "repeated",
    }


def entry(one: LineageEntry, *, is_withheld: bool) -> Json:
    return {
        "id": one.id,
        "index": one.index,
        "at": one.at,
        "kind": one.kind,
        "actor": one.actor,
        "data": None if is_withheld else one.data,
        "hash": one.hash,
        "state": one.state,
        "is_valid": one.valid,
    }


def count(one: Count) -> Json:
    return {"value": one.value, "is_capped": one.is_capped}


def recent(one: Recent) -> Json:
    return {
        "since": one.since,
        "items": count(one.items),
        "routes": one.routes,
        "verdicts": one.verdicts,
        "straight_through_rate": one.straight_through_rate,
        "override_rate": one.override_rate,
    }


def run(row: Run) -> Json:
    progress = runs.progress_of(row)
    return {
        "id": row.pk,
        "process": row.process_id,
        "verb": row.verb,
        "state": row.state,
        "items": progress.total,
        "waiting": progress.waiting,
        "done": progress.done,
        "refused": progress.refused,
        "left_out": {name: row.excluded[name] for name in REASONS if row.excluded.get(name)},
    }
