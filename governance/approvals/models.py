"""Approvals: what was asked for, who signed, and everything that was said about it.

Migration 0006 keeps the rules in the database for every role: nobody signs what they asked for or
made, a request is granted only by the signatures it needs, and what is signed is a digest that
never changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from governance.identifiers import uuid7

if TYPE_CHECKING:
    from governance.models import User


class Approval(models.Model):
    """A request for a yes to exactly one thing, known by its digest, and what became of it."""

    class Kind(models.TextChoices):
        VERSION = "version", "model version"
        CONTRACT = "contract", "contract"
        THRESHOLDS = "thresholds", "thresholds"  # a contract that differs in nothing else
        STAGE = "stage", "stage"
        POLICY = "policy", "policy"
        RETENTION = "retention", "retention"
        ACCESS = "access", "access"

    class State(models.TextChoices):
        REQUESTED = "requested", "waiting for signatures"
        GRANTED = "granted", "granted"
        REFUSED = "refused", "refused"
        WITHDRAWN = "withdrawn", "withdrawn"  # by who asked, or taken back after it was granted
        LAPSED = "lapsed", "lapsed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # None: for every process.
    process = models.ForeignKey(
        "governance.Process", null=True, on_delete=models.PROTECT, related_name="approvals"
    )
    kind = models.CharField(max_length=12, choices=Kind)
    subject = models.CharField(max_length=120)  # the row's key, or the stage's name
    digest = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    # What it replaces and what it would be, as plain JSON, to be shown side by side.
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    risk = models.CharField(max_length=6)
    # One signature is needed for each entry; a role that stands twice needs two people.
    roles = ArrayField(models.CharField(max_length=30))
    reason = models.TextField()
    requested_by = models.ForeignKey(
        "governance.User", on_delete=models.PROTECT, related_name="approvals_requested"
    )
    # Who made what is to be approved, where a person did; they may not sign either.
    author = models.ForeignKey(
        "governance.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    requested_at = models.DateTimeField()
    closes_at = models.DateTimeField()  # an unanswered request lapses
    valid_days = models.PositiveIntegerField()  # how long the yes holds once it is given
    granted_at = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["process", "kind", "digest"],
                condition=Q(state="requested"),
                nulls_distinct=False,
                name="one_open_request",
            ),
            models.CheckConstraint(
                name="approval_digest_is_sha256", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(name="approval_needs_signatures", condition=Q(roles__len__gt=0)),
            models.CheckConstraint(
                name="approval_granted_until",
                condition=~Q(state="granted")
                | Q(granted_at__isnull=False, valid_until__gt=F("granted_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["digest"], name="approval_in_force", condition=Q(state="granted")),
            models.Index(
                fields=["process", "requested_at"],
                name="approval_waiting",
                condition=Q(state="requested"),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_of(self, person: User, reason: str) -> bool:
        """Whether this person asked for it in these words, and it was not there before."""
        return self.requested_by_id == person.pk and self.reason == reason.strip()


class Signature(models.Model):
    """One person's yes or no to a request, in one of the roles that it needs."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="signatures")
    digest = models.CharField(max_length=64)  # what the signer saw: that of the approval
    role = models.CharField(max_length=30)
    actor = models.ForeignKey(
        "governance.User", on_delete=models.PROTECT, related_name="signatures"
    )
    # Whose right this is: the actor's own, or that of who delegated theirs to the actor.
    principal = models.ForeignKey("governance.User", on_delete=models.PROTECT, related_name="+")
    is_yes = models.BooleanField()
    comment = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["approval", "actor"], name="one_signature_a_person"),
            models.UniqueConstraint(
                fields=["approval", "principal"], name="one_signature_a_principal"
            ),
        ]


class Evidence(models.Model):
    """What a request rests on, by digest: a report of the system, or a file that was attached."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="evidence")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    content = models.BinaryField()
    added_by = models.ForeignKey("governance.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["approval", "digest"], name="evidence_once")]


class Comment(models.Model):
    """Something said about a request before or after it was answered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="comments")
    actor = models.ForeignKey("governance.User", on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()


class Delegation(models.Model):
    """A person lets another sign in their place while they are away."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    principal = models.ForeignKey(
        "governance.User", on_delete=models.PROTECT, related_name="delegations"
    )
    delegate = models.ForeignKey(
        "governance.User", on_delete=models.PROTECT, related_name="delegated"
    )
    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=300)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="delegation_to_another", condition=~Q(principal=F("delegate"))
            ),
            models.CheckConstraint(name="delegation_ends", condition=Q(until__gt=F("since"))),
        ]
