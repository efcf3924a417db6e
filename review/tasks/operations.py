"""All that changes a task, by one name; each verb stands in a module with its like."""

from review.tasks.changing import (
    ClaimLost,
    Locked,
    cancel_open,
    clipped,
    event,
    lock,
    open_task,
    queue_of,
    require_claim,
    set_state,
)
from review.tasks.drafts import draft_of, save_draft
from review.tasks.handing import (
    REASSIGNED_LEASE,
    escalate,
    hand_over,
    reassign,
    receiving_queues,
    release,
    skip,
)
from review.tasks.keeping import heartbeat, hold, take_up
from review.tasks.sweeping import HEAD, SWEEP_BATCH, forget_skips, free_expired

__all__ = [
    "HEAD",
    "REASSIGNED_LEASE",
    "SWEEP_BATCH",
    "ClaimLost",
    "Locked",
    "cancel_open",
    "clipped",
    "draft_of",
    "escalate",
    "event",
    "forget_skips",
    "free_expired",
    "hand_over",
    "heartbeat",
    "hold",
    "lock",
    "open_task",
    "queue_of",
    "reassign",
    "receiving_queues",
    "release",
    "require_claim",
    "save_draft",
    "set_state",
    "skip",
    "take_up",
]
