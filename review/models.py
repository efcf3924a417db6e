"""Re-exported so that Django finds them; each model lives beside its operations."""

from review.decisions.models import Decision
from review.documents.models import Document, ItemKey, Page, Writing
from review.effects.models import Effect
from review.items.models import Call, Candidate, IdempotencyKey, Item, Route
from review.queues.models import Queue
from review.tasks.models import Draft, PassedOver, Task

__all__ = [
    "Call",
    "Candidate",
    "Decision",
    "Document",
    "Draft",
    "Effect",
    "IdempotencyKey",
    "Item",
    "ItemKey",
    "Page",
    "PassedOver",
    "Queue",
    "Route",
    "Task",
    "Writing",
]
