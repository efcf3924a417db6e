"""Items drawn for a shadow, what it answered, and how that compares."""

from django.db import models
from django.db.models import Q

from governance.identifiers import uuid7
from governance.privacy.vault.fields import VaultedJSONField
from governance.privacy.vault.vault import Vault


class ShadowCandidate(models.Model):
    """An item drawn for a shadow deployment, and its answer.

    It is no Candidate, so that nothing which shows, routes or settles by candidates can come upon
    it.
    """

    class State(models.TextChoices):
        DUE = "due", "to be asked for"
        ANSWERED = "answered", "answered"
        FAILED = "failed", "no usable answer"
        WITHDRAWN = "withdrawn", "not asked for any more"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    deployment = models.ForeignKey(
        "governance.Deployment", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    item = models.ForeignKey(
        "review.Item", on_delete=models.CASCADE, related_name="shadow_candidates"
    )
    # How likely it was that this item would be drawn.
    probability = models.FloatField()
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    call = models.OneToOneField(
        "review.Call", null=True, on_delete=models.CASCADE, related_name="shadow_candidate"
    )
    output = VaultedJSONField(side="output", null=True)
    confidence = models.JSONField(default=dict)
    # Names of the output's fields in which it differs from the candidate; null where there is none.
    differing = models.JSONField(null=True)
    error = models.CharField(max_length=60, blank=True)  # a code
    drawn_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["deployment", "item"], name="one_shadow_an_item"),
            models.CheckConstraint(
                name="shadow_state_known",
                condition=Q(state__in=["due", "answered", "failed", "withdrawn"]),
            ),
            models.CheckConstraint(
                name="shadow_ends_once_it_is_not_due",
                condition=Q(state="due", ended_at__isnull=True)
                | ~Q(state="due") & Q(ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="shadow_answered_has_call_and_output",
                condition=~Q(state="answered") | Q(call__isnull=False, output__isnull=False),
            ),
            models.CheckConstraint(
                name="shadow_probability_range", condition=Q(probability__gt=0, probability__lte=1)
            ),
        ]
        indexes = [
            models.Index(
                fields=["deployment", "due_at", "id"], condition=Q(state="due"), name="shadow_due"
            ),
            models.Index(
                fields=["lease_until"],
                condition=Q(state="due", lease_until__isnull=False),
                name="shadow_leased",
            ),
            models.Index(fields=["deployment", "drawn_at"], name="shadow_by_drawing"),
            models.Index(
                fields=["deployment", "-id"], condition=Q(state="answered"), name="shadow_answered"
            ),
        ]

    @property
    def vault(self) -> Vault:
        return self.item.vault


class ShadowComparison(models.Model):
    """How a shadow compares with the champion: counts and figures, never a value."""

    deployment = models.OneToOneField(
        "governance.Deployment", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    figures = models.JSONField(default=dict)
    compared_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
