"""What a person has typed so far, whoever holds the task by now."""

import json
from typing import Any
from uuid import UUID

from django.db import connection

from governance.models import User
from review.models import Draft, Task


def save_draft(*, task_id: UUID, actor: User, output: dict[str, Any], reason: str = "") -> None:
    """Keep what a person has typed, whoever holds the task by now. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO review_draft (task_id, actor_id, output, reason, updated_at)
            VALUES (%s, %s, %s::jsonb, %s, now())
            ON CONFLICT (task_id, actor_id) DO UPDATE
            SET output = EXCLUDED.output, reason = EXCLUDED.reason, updated_at = now()
            """,
            [task_id, actor.pk, json.dumps(output), reason],
        )


def draft_of(task: Task, actor: User) -> Draft | None:
    return Draft.objects.filter(task=task, actor=actor).first()
