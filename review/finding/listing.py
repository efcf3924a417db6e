"""What a row of a list shows of an item."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from governance.contracts.agreement import Agreement, agreement_of
from governance.contracts.schemas import PERSONAL_LABELS, labels
from governance.models import Process
from review.finding.queries import SEALED_SQL

_ROWS_SQL = f"""
    SELECT i.id, i.process_id, i.contract_id, i.external_id, i.state, i.segment, i.priority,
        i.received_at, i.due_at,
        left(i.payload ->> (%(titles)s::jsonb ->> i.process_id), 200),
        CASE WHEN s.sealed THEN '' ELSE coalesce(f.made, '') END, coalesce(f.given, ''),
        r.outcome, CASE WHEN s.sealed THEN NULL ELSE d.verdict END,
        CASE WHEN s.sealed THEN NULL ELSE d.created_at END,
        CASE WHEN s.sealed OR d.id IS NULL THEN '' WHEN d.actor_id IS NULL THEN 'automatic'
            ELSE coalesce(nullif(trim(u.first_name || ' ' || u.last_name), ''), u.username) END,
        (SELECT string_agg(DISTINCT q.name, ', ') FROM review_task t
            JOIN review_queue q ON q.id = t.queue_id
            WHERE t.item_id = i.id AND t.state IN ('open', 'claimed'))
    FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS wanted(id, place)
    JOIN review_item i ON i.id = wanted.id
    CROSS JOIN LATERAL (SELECT {SEALED_SQL} AS sealed) s
    LEFT JOIN review_findable f ON f.item_id = i.id
    LEFT JOIN review_route r ON r.item_id = i.id
    LEFT JOIN review_decision d ON d.item_id = i.id AND d.state = 'active' AND d.settles
    LEFT JOIN governance_user u ON u.id = d.actor_id
    ORDER BY wanted.place
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Listed:
    """An item as a row of a list; what somebody is still to judge unaided is left out."""

    id: UUID
    process: str
    contract_id: UUID
    external_id: str | None
    state: str
    segment: str
    priority: int
    received_at: datetime
    due_at: datetime
    title: str | None
    made: str
    given: str
    route: str | None
    verdict: str | None
    decided_at: datetime | None
    person: str
    queue: str | None


def listed(ids: Sequence[UUID], titles: Mapping[str, str]) -> list[Listed]:
    """The rows of a page, in the order of the ids; one statement.

    titles name, by process, the field of the input that may be shown as an item's title.
    """
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_ROWS_SQL, {"ids": list(ids), "titles": json.dumps(dict(titles))})
        return [Listed(*row) for row in cursor.fetchall()]


def open_titles(processes: Sequence[str]) -> dict[str, str]:
    """The field of the input that may be shown in lists as an item's title, by process.

    One labelled personal or sensitive may not: lists are read over shoulders.
    """
    found = {}
    contracts = Process.objects.filter(pk__in=processes, contract__isnull=False)
    for slug, contract_id in contracts.values_list("pk", "contract_id"):
        agreement = agreement_of(contract_id)
        if agreement.input_title and not is_title_personal(agreement):
            found[slug] = agreement.input_title
    return found


def is_title_personal(agreement: Agreement) -> bool:
    """Whether the title of the contract's items must not stand in a list."""
    label = labels(agreement.input_schema).get((agreement.input_title or "",))
    return label in PERSONAL_LABELS


def reference(external_id: str | None, item_id: UUID) -> str:
    """What an item is called where nothing else may be said of it."""
    return external_id or f"…{str(item_id)[-6:]}"
