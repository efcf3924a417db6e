"""Verdicts."""

from django.db import models
from django.db.models import Q

from governance.identifiers import uuid7
from governance.privacy.vault.fields import VaultedJSONField
from governance.privacy.vault.vault import Vault


class Decision(models.Model):
    """A person's verdict on a task, or an automatic acceptance (no task, no actor)."""

    class Verdict(models.TextChoices):
        ACCEPT = "accept", "accept"
        CORRECT = "correct", "correct"
        REJECT = "reject", "reject"

    class State(models.TextChoices):
        ACTIVE = "active", "in force"
        UNDONE = "undone", "undone"
        SUPERSEDED = "superseded", "superseded"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.ForeignKey("review.Item", on_delete=models.CASCADE, related_name="decisions")
    task = models.ForeignKey(
        "review.Task", null=True, on_delete=models.CASCADE, related_name="decisions"
    )
    candidate = models.ForeignKey(
        "review.Candidate", null=True, on_delete=models.PROTECT, related_name="decisions"
    )
    actor = models.ForeignKey(
        "governance.User", null=True, on_delete=models.PROTECT, related_name="decisions"
    )
    verdict = models.CharField(max_length=10, choices=Verdict)
    output = VaultedJSONField(side="output", null=True)
    reason = models.TextField(blank=True)
    # Where a person took values over from, by dotted path of the output; boxes, never the words.
    evidence = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    settles = models.BooleanField(default=False)  # the item's outcome rests on it
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    created_at = models.DateTimeField()
    undo_until = models.DateTimeField()
    # Time the person worked on it, pauses above a minute left out; 0 where nothing measured it.
    active_seconds = models.PositiveIntegerField(default=0, db_default=0)
    run = models.ForeignKey(  # the bulk run that made it
        "review.Run", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=Q(state="active"), name="one_decision_a_task"
            ),
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(state="active", settles=True),
                name="one_settling_decision",
            ),
            models.CheckConstraint(
                name="accepted_or_corrected_has_output",
                condition=Q(verdict="reject") | Q(output__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["actor", "-created_at"], name="decision_history"),
            models.Index(
                fields=["-created_at"],
                condition=Q(verdict__in=["correct", "reject"], actor__isnull=False),
                name="decision_override",
            ),
        ]

    @property
    def vault(self) -> Vault:
        return self.item.vault
