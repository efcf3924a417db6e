"""All that a task's screen shows, read in one hand-written statement.

Every decision pays for it, as the next task comes in the same answer; the ORM takes longer to
compile this statement than PostgreSQL to run it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from governance.models import User
from governance.privacy.vault.vault import Vault
from governance.rows import Rows
from review.models import Item, Queue, Task

_TASKS, _ITEMS, _QUEUES = Rows(Task, "t"), Rows(Item, "i"), Rows(Queue, "q")


def _documents_of(item: str) -> str:
    """A statement for the rows of documents.shown; item is an expression for the item's id."""
    return f"""
        SELECT jsonb_agg(jsonb_build_object(
                'id', f.id, 'name', f.name, 'state', f.state, 'media_type', f.media_type,
                'parent', f.parent_id, 'notes', f.notes, 'refusal', f.refusal,
                'refusal_message', f.refusal_message,
                'pages', (
                    SELECT jsonb_agg(
                        jsonb_build_array(g.number, g.width, g.height, g.source,
                            right(g.screen, 12), right(g.zoom, 12)) ORDER BY g.number)
                    FROM review_page g WHERE g.document_id = f.id)
            ) ORDER BY f.position)::text
        FROM review_document f WHERE f.item_id = {item}"""  # noqa: S608


# A blind task's candidate does not leave the database.
_SQL = f"""
    SELECT p.title, k.number, k.digest,
        (SELECT jsonb_build_object(
                'output', c.output, 'confidence', c.confidence, 'sources', c.sources,
                'evidence', c.evidence,
                'provider', l.provider, 'prompt_sha256', l.prompt_sha256,
                'latency_ms', l.latency_ms, 'cost_micros', l.cost_micros,
                'tokens', l.input_tokens + l.output_tokens,
                'model', m.name, 'version', v.number, 'digest', v.digest)::text
            FROM review_candidate c
            JOIN review_call l ON l.id = c.call_id
            LEFT JOIN governance_modelversion v ON v.id = l.version_id
            LEFT JOIN governance_model m ON m.id = v.model_id
            WHERE c.item_id = t.item_id AND NOT t.is_blind ORDER BY c.id DESC LIMIT 1),
        (SELECT jsonb_build_object(
                'outcome', r.outcome, 'reasons', r.reasons, 'stage', r.stage)::text
            FROM review_route r WHERE r.item_id = t.item_id LIMIT 1),
        (SELECT jsonb_build_object(
                'output', d.output, 'reason', d.reason, 'evidence', d.evidence)::text
            FROM review_draft d WHERE d.task_id = t.id AND d.actor_id = %s),
        (SELECT jsonb_agg(
                jsonb_build_object('kind', o.kind, 'reason', o.reason) ORDER BY o.id)::text
            FROM review_passedover o WHERE o.task_id = t.id),
        (SELECT jsonb_agg(jsonb_build_object(
                'policy', y.title, 'version', z.number, 'heading', g.heading_title,
                'comment', g.comment) ORDER BY g.answered_at DESC)::text
            FROM review_gatehold g
            JOIN governance_policyversion z ON z.id = g.policy_version_id
            JOIN governance_policy y ON y.id = z.policy_id
            WHERE g.item_id = t.item_id AND g.state = 'refused'),
        ({_documents_of("t.item_id")}),
        (SELECT jsonb_object_agg(v.field, v.until)::text FROM governance_reveal v
            WHERE v.item = t.item_id AND v.person_id = %s AND v.ended_at IS NULL
                AND v.until > clock_timestamp() AND (v.task IS NULL OR v.task = t.id)),
        {_TASKS.columns}, {_ITEMS.columns}, {_QUEUES.columns}
    FROM review_task t
    JOIN review_item i ON i.id = t.item_id
    JOIN review_queue q ON q.id = t.queue_id
    JOIN governance_process p ON p.slug = q.process_id
    JOIN governance_contract k ON k.id = i.contract_id
    WHERE t.id = %s
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Screen:
    """A task (with its item and queue) as one person may see it.

    candidate: output, confidence and sources by field and evidence by path, with model, version
    and call; None where there is none or the task is blind. draft: this person's output, reason
    and evidence. refusals: what compliance refused of the item, the last first. documents: rows for
    documents.shown, in their order. revealed: field -> until when this person sees it.
    """

    task: Task
    process_title: str
    contract_number: int
    contract_digest: str
    candidate: Mapping[str, Any] | None
    route: Mapping[str, Any] | None
    draft: Mapping[str, Any] | None
    handed_back: Sequence[Mapping[str, str]]
    refusals: Sequence[Mapping[str, Any]]
    documents: Sequence[Mapping[str, Any]]
    revealed: Mapping[str, datetime]

    def is_held_by(self, actor: User) -> bool:
        return self.task.state == Task.State.CLAIMED and self.task.claimed_by_id == actor.pk


def read_screen(task_id: UUID, actor: User) -> Screen | None:
    """The screen of a task for this person; None if there is no such task. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [actor.pk, actor.pk, task_id])
        row = cursor.fetchone()
    if row is None:
        return None
    title, number, digest, candidate, route, draft, handed_back, refusals, documents, revealed = (
        row[:10]
    )
    rows = row[10:]
    task = _TASKS.read(rows[: _TASKS.width])
    task.item = _ITEMS.read(rows[_TASKS.width : -_QUEUES.width])
    task.queue = _QUEUES.read(rows[-_QUEUES.width :])
    vault = task.item.vault
    return Screen(
        task=task,
        process_title=title,
        contract_number=number,
        contract_digest=digest,
        candidate=_opened(vault, candidate, "output", "evidence"),
        route=json.loads(route) if route else None,
        draft=_opened(vault, draft, "output"),
        handed_back=json.loads(handed_back) if handed_back else [],
        refusals=json.loads(refusals) if refusals else [],
        documents=json.loads(documents) if documents else [],
        revealed={
            field: datetime.fromisoformat(until) for field, until in json.loads(revealed).items()
        }
        if revealed
        else {},
    )


def _opened(vault: Vault, told: str | None, *sides: str) -> Mapping[str, Any] | None:
    """A row told as JSON, with the columns that are sealed opened."""
    if told is None:
        return None
    row: dict[str, Any] = json.loads(told)
    return row | {side: vault.open(side, row[side]) for side in sides}


def read_documents(item_id: UUID) -> Sequence[Mapping[str, Any]]:
    """The rows for documents.shown of one item, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(_documents_of("%s"), [item_id])
        (documents,) = cursor.fetchone()
    return json.loads(documents) if documents else []
