"""Policies: what compliance holds outputs to, in numbered versions that never change."""

from django.db import models
from django.db.models import Q

from governance.identifiers import uuid7


class Policy(models.Model):
    """A document that decisions are held to; the slug is its name in contracts and citations."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    # None: it holds for every process.
    process = models.ForeignKey(
        "governance.Process", null=True, on_delete=models.PROTECT, related_name="policies"
    )
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.title


class PolicyVersion(models.Model):
    """One text, in Markdown. What was approved is its digest (texts.digest_of)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    digest = models.CharField(max_length=64)
    change = models.CharField(max_length=300, blank=True)  # what is new in it, in a sentence
    author = models.ForeignKey(
        "governance.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="policy_number_once"),
            models.CheckConstraint(
                name="policy_digest_is_sha256", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy.title}, version {self.number}"
