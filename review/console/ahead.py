"""What the task that is likely to come next will show: prepared, never claimed."""

import contextlib
from uuid import UUID

from django.db import connection

from governance.contracts.agreement import agreement_of
from governance.models import User
from integrations.encryption import Unreadable
from review.documents import blobs
from review.documents.queries import DocumentView, documents_of, layout_of
from review.models import Queue

PICTURES = 3  # first pages that are fetched ahead

# The same choice as claiming makes, without taking or locking anything.
_NEXT_SQL = """
    SELECT t.item_id, i.contract_id FROM review_task t
    JOIN review_item i ON i.id = t.item_id
    WHERE t.queue_id = %(queue)s AND t.state = 'open'
      AND NOT EXISTS (
          SELECT 1 FROM review_passedover p WHERE p.task_id = t.id AND p.actor_id = %(actor)s)
      AND NOT EXISTS (
          SELECT 1 FROM review_task s
          WHERE s.item_id = t.item_id AND s.claimed_by_id = %(actor)s
            AND s.state IN ('claimed', 'decided'))
    ORDER BY t.order_at, t.id LIMIT 1
"""


def pictures(queue: Queue, actor: User) -> list[str]:
    """Addresses of the first page pictures of the item that this person would get next.

    A colleague may take it first; then they were fetched for nothing. The words of its first
    document are unpacked on the way, so that pointing at them does not wait.
    """
    if queue.is_paused:
        return []
    following = _next_item(queue, actor)
    if following is None:
        return []
    item_id, contract_id = following
    if agreement_of(contract_id).has_private_documents:
        return []  # nobody sees these before the task is theirs
    ready = [one for one in documents_of(item_id) if one.is_ready]
    if ready:
        _warm(ready[0])
    found = [page.screen_url for one in ready for page in one.pages if page.screen_url]
    return found[:PICTURES]


def _next_item(queue: Queue, actor: User) -> tuple[UUID, UUID] | None:
    """The item and its contract."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_SQL, {"queue": queue.pk, "actor": actor.pk})
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def _warm(document: DocumentView) -> None:
    with contextlib.suppress(LookupError, blobs.Missing, Unreadable):
        layout_of(document)
