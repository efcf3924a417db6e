"""Requests for one person's judgement on one item."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from governance.identifiers import uuid7
from governance.privacy.vault.fields import VaultedJSONField
from governance.privacy.vault.vault import Vault


class Task(models.Model):
    """One slot: claimed by one person for a time, decided once."""

    class Kind(models.TextChoices):
        REVIEW = "review", "review"
        MANUAL = "manual", "manual work"
        COMPLIANCE = "compliance", "compliance gate"
        SECOND_REVIEW = "second_review", "second review"
        QUALITY = "quality", "quality sample"
        ADJUDICATION = "adjudication", "adjudication"

    class State(models.TextChoices):
        OPEN = "open", "open"
        CLAIMED = "claimed", "claimed"
        DECIDED = "decided", "decided"
        CANCELLED = "cancelled", "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.ForeignKey("review.Item", on_delete=models.CASCADE, related_name="tasks")
    queue = models.ForeignKey("review.Queue", on_delete=models.PROTECT, related_name="tasks")
    kind = models.CharField(max_length=15, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    is_blind = models.BooleanField(default=False)  # the candidate is not shown
    is_escalated = models.BooleanField(default=False)
    slots = models.PositiveSmallIntegerField(default=1)  # people this round asks for
    priority = models.PositiveSmallIntegerField(default=50)
    due_at = models.DateTimeField()
    order_at = models.DateTimeField(db_default=Now())  # where it stands in its queue: ranking.py
    claimed_by = models.ForeignKey(
        "governance.User", null=True, on_delete=models.PROTECT, related_name="tasks"
    )
    claimed_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)
    # The contract's escalation path: steps taken, and when the next one is due.
    escalation_step = models.PositiveSmallIntegerField(default=0, db_default=0)
    escalate_at = models.DateTimeField(null=True)
    # Where it goes once its holder gives it up: nobody's work is torn away.
    next_queue = models.ForeignKey(
        "review.Queue", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Time its holder has worked on it, pauses above a minute left out; 0 when nobody holds it.
    active_seconds = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            # Four eyes: nobody holds two slots of one item, whatever code path asks.
            models.UniqueConstraint(
                fields=["item", "claimed_by"],
                condition=Q(state__in=["claimed", "decided"]),
                name="one_slot_a_person",
            ),
            models.CheckConstraint(
                name="task_claim_whole",
                condition=(
                    Q(
                        state="claimed",
                        claimed_by__isnull=False,
                        claimed_at__isnull=False,
                        lease_until__isnull=False,
                    )
                    | Q(state="decided", claimed_by__isnull=False)
                    | Q(state__in=["open", "cancelled"], claimed_by__isnull=True)
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["queue", "order_at", "id"], condition=Q(state="open"), name="task_next"
            ),
            models.Index(fields=["queue", "due_at"], condition=Q(state="open"), name="task_by_due"),
            models.Index(
                fields=["queue", "opened_at"], condition=Q(state="open"), name="task_by_age"
            ),
            models.Index(
                fields=["escalate_at"],
                condition=Q(escalate_at__isnull=False, state__in=["open", "claimed"]),
                name="task_to_escalate",
            ),
            models.Index(
                fields=["lease_until"], condition=Q(state="claimed"), name="task_lease_end"
            ),
            models.Index(
                fields=["claimed_by", "claimed_at"],
                condition=Q(state="claimed"),
                name="task_held_by",
            ),
        ]


class PassedOver(models.Model):
    """A person handed the task back; it is not offered to them while this row is there."""

    class Kind(models.TextChoices):
        SKIPPED = "skipped", "skipped"
        ESCALATED = "escalated", "escalated"
        HANDED_OVER = "handed_over", "handed over"

    id = models.BigAutoField(primary_key=True)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="passed_over")
    actor = models.ForeignKey("governance.User", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=11, choices=Kind)
    reason = models.CharField(max_length=500)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["task", "actor"], name="passed_over_once")]


class Draft(models.Model):
    """What a person has typed so far; it outlives the claim."""

    id = models.BigAutoField(primary_key=True)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="drafts")
    actor = models.ForeignKey("governance.User", on_delete=models.CASCADE, related_name="+")
    output = VaultedJSONField(side="output")
    reason = models.TextField(blank=True)
    # Where values were taken over from, as in Decision.evidence.
    evidence = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["task", "actor"], name="one_draft_each")]

    @property
    def vault(self) -> Vault:
        return self.task.item.vault


class Hold(models.Model):
    """A person keeps a task for later, for a reason and not for ever.

    `until` is the end as granted; `ended_at` when they took it up again, or lost it.
    """

    id = models.BigAutoField(primary_key=True)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="holds")
    actor = models.ForeignKey("governance.User", on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=Q(ended_at__isnull=True), name="one_hold_at_a_time"
            )
        ]


class Handover(models.Model):
    """A task passed on with a note: to a person, or to those who serve a queue."""

    id = models.BigAutoField(primary_key=True)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="handovers")
    actor = models.ForeignKey("governance.User", on_delete=models.CASCADE, related_name="+")
    to = models.ForeignKey("governance.User", null=True, on_delete=models.CASCADE, related_name="+")
    queue = models.ForeignKey("review.Queue", on_delete=models.CASCADE, related_name="+")
    note = models.CharField(max_length=500)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
