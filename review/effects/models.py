"""Actions in other systems that decisions cause."""

from django.db import models
from django.db.models import Q

from governance.identifiers import uuid7
from governance.privacy.vault.fields import VaultedJSONField
from governance.privacy.vault.vault import Vault


class Effect(models.Model):
    """One action, or the compensation of one; its id is the idempotency key."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled", "not sent yet"
        RUNNING = "running", "being sent"
        DONE = "done", "done"
        FAILED = "failed", "failed for good"
        CANCELLED = "cancelled", "cancelled before it was sent"
        COMPENSATED = "compensated", "taken back"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.ForeignKey("review.Item", on_delete=models.CASCADE, related_name="effects")
    decision = models.ForeignKey(
        "review.Decision", on_delete=models.CASCADE, related_name="effects"
    )
    name = models.CharField(max_length=60)
    connector = models.CharField(max_length=20)
    target = models.JSONField()
    body = VaultedJSONField(side="effect")
    # The body to send to take it back; null: irreversible.
    compensation = VaultedJSONField(side="effect", null=True)
    irreversible = models.CharField(max_length=300, blank=True)
    apology = models.TextField(
        blank=True, db_default=""
    )  # to send by hand where nothing takes it back
    compensates = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="compensated_by"
    )
    state = models.CharField(max_length=12, choices=State, default=State.SCHEDULED)
    is_withdrawn = models.BooleanField(default=False)  # take it back as soon as it is done
    is_held = models.BooleanField(default=False, db_default=False)  # by the gate; not sent
    # Set aside by the sweep while this process is halted (effects.parking); not about sending.
    parked_in = models.ForeignKey(
        "governance.Process", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    due_at = models.DateTimeField()
    hint_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=8)
    first_delay_seconds = models.PositiveIntegerField(default=5)
    max_delay_seconds = models.PositiveIntegerField(default=3600)
    lease_until = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    result = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "name"],
                condition=Q(compensates__isnull=True),
                name="one_effect_a_decision",
            ),
            models.CheckConstraint(
                name="effect_reversible_or_not",
                condition=Q(compensates__isnull=False)
                | Q(compensation__isnull=False)
                | ~Q(irreversible=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["hint_at"],
                condition=Q(
                    state__in=["scheduled", "running"], is_held=False, parked_in__isnull=True
                ),
                name="effect_to_run",
            ),
            models.Index(
                fields=["parked_in"], condition=Q(parked_in__isnull=False), name="effect_parked"
            ),
            models.Index(fields=["id"], condition=Q(state="failed"), name="effect_failed"),
            models.Index(
                fields=["finished_at"], condition=Q(state="failed"), name="effect_failed_at"
            ),
        ]

    @property
    def has_compensation(self) -> bool:
        """Whether anything takes it back; says so without opening what that is."""
        return self.__dict__["compensation"] is not None

    @property
    def vault(self) -> Vault:
        return self.item.vault
