"""Re-exported so that Django finds them; each model lives beside its operations."""

from review.bulk.models import Run, RunRow
from review.decisions.models import Decision
from review.documents.models import Document, Download, ItemKey, Page, Writing
from review.duplicates.models import DuplicateKey, DuplicateSecret
from review.effects.models import Effect
from review.erasure.models import ErasureItem, ErasureRequest
from review.finding.models import Findable, SavedView
from review.following.models import Cursor
from review.gate.models import GateHold
from review.incidents.models import IncidentItem, IncidentSearch
from review.items.models import Call, Candidate, IdempotencyKey, Item, Route
from review.notes.models import Mention, Note
from review.notices.models import Delivery, Notice, NoticeChoices
from review.queues.models import Queue
from review.shadows.models import ShadowCandidate, ShadowComparison
from review.similar.models import PastCase
from review.subjects.models import SubjectKey, SubjectSecret
from review.tasks.models import Draft, Handover, Hold, PassedOver, Task
from review.team.models import PersonDay, QueueHour

__all__ = [
    "Call",
    "Candidate",
    "Cursor",
    "Decision",
    "Delivery",
    "Document",
    "Download",
    "Draft",
    "DuplicateKey",
    "DuplicateSecret",
    "Effect",
    "ErasureItem",
    "ErasureRequest",
    "Findable",
    "GateHold",
    "Handover",
    "Hold",
    "IdempotencyKey",
    "IncidentItem",
    "IncidentSearch",
    "Item",
    "ItemKey",
    "Mention",
    "Note",
    "Notice",
    "NoticeChoices",
    "Page",
    "PassedOver",
    "PastCase",
    "PersonDay",
    "Queue",
    "QueueHour",
    "Route",
    "Run",
    "RunRow",
    "SavedView",
    "ShadowCandidate",
    "ShadowComparison",
    "SubjectKey",
    "SubjectSecret",
    "Task",
    "Writing",
]
