"""What a person has typed so far, whoever holds the task by now."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from governance.models import User
from governance.privacy.vault.vault import Vault
from review.models import Draft, Task

_SEED_SQL = """
    SELECT i.contract_id, i.id, i.seed FROM review_task t JOIN review_item i ON i.id = t.item_id
    WHERE t.id = %s
"""


def save_draft(
    *,
    task_id: UUID,
    actor: User,
    output: dict[str, Any],
    reason: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> None:
    """Keep what a person has typed, whoever holds the task by now. Two statements.

    evidence is where values were taken over from, by path of the output.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SEED_SQL, [task_id])
        vaulted = Vault(*cursor.fetchone()).put("output", output)
        cursor.execute(
            """
            INSERT INTO review_draft (task_id, actor_id, output, reason, evidence, updated_at)
            VALUES (%s, %s, %s::jsonb, %s, %s::jsonb, now())
            ON CONFLICT (task_id, actor_id) DO UPDATE
            SET output = EXCLUDED.output, reason = EXCLUDED.reason,
                evidence = EXCLUDED.evidence, updated_at = now()
            """,
            [task_id, actor.pk, json.dumps(vaulted), reason, json.dumps(evidence or {})],
        )


def draft_of(task: Task, actor: User) -> Draft | None:
    return Draft.objects.filter(task=task, actor=actor).first()
