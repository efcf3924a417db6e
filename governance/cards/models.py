"""Cards of model versions: kept revisions, drafts, and what was measured.

Migration 0008 keeps revisions append-only and their numbers without a gap, for every role.
"""

from django.db import models
from django.db.models import Q

from governance.identifiers import uuid7


class CardRevision(models.Model):
    """One kept state of a card's authored texts; digest is over version, number and texts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(
        "governance.ModelVersion", on_delete=models.PROTECT, related_name="revisions"
    )
    number = models.PositiveIntegerField()
    texts = models.JSONField()  # {key of a field: text}, no empty ones
    digest = models.CharField(max_length=64)
    author = models.ForeignKey("governance.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="card_revision_once"),
            models.CheckConstraint(
                name="card_digest_is_sha256", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
        ]

    def __str__(self) -> str:
        return f"revision {self.number}"


class CardDraft(models.Model):
    """What a person has typed of a card since revision `base` (0: there was none)."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(
        "governance.ModelVersion", on_delete=models.CASCADE, related_name="drafts"
    )
    author = models.ForeignKey("governance.User", on_delete=models.CASCADE, related_name="+")
    base = models.PositiveIntegerField()
    texts = models.JSONField()
    updated_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["version", "author"], name="one_card_draft_each")
        ]


class CardFacts(models.Model):
    """What was measured of a version in use, and when; asked_at: since when that is due again."""

    version = models.OneToOneField(
        "governance.ModelVersion", primary_key=True, on_delete=models.PROTECT, related_name="facts"
    )
    facts = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    measured_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["asked_at"], condition=Q(asked_at__isnull=False), name="card_to_measure"
            )
        ]
