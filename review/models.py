"""Re-exported so that Django finds them; each model lives beside its operations."""

from review.bulk.models import Run, RunRow
from review.decisions.models import Decision
from review.documents.models import Document, ItemKey, Page, Writing
from review.effects.models import Effect
from review.finding.models import Findable, SavedView
from review.following.models import Cursor
from review.items.models import Call, Candidate, IdempotencyKey, Item, Route
from review.queues.models import Queue
from review.tasks.models import Draft, PassedOver, Task
from review.team.models import PersonDay, QueueHour

__all__ = [
    "Call",
    "Candidate",
    "Cursor",
    "Decision",
    "Document",
    "Draft",
    "Effect",
    "Findable",
    "IdempotencyKey",
    "Item",
    "ItemKey",
    "Page",
    "PassedOver",
    "PersonDay",
    "Queue",
    "QueueHour",
    "Route",
    "Run",
    "RunRow",
    "SavedView",
    "Task",
    "Writing",
]
