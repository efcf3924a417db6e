"""Bundles for auditors, verifications of the whole ledger, and what witnesses acknowledged."""

from django.db import models
from django.db.models import F, Q

from governance.identifiers import uuid7


class Export(models.Model):
    """A bundle that was asked for: of which process and period, how far it is, where it lies."""

    class State(models.TextChoices):
        REQUESTED = "requested", "waiting to be made"
        RUNNING = "running", "being made"
        READY = "ready", "ready"
        FAILED = "failed", "failed"
        REMOVED = "removed", "removed again"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # None: all processes, and what belongs to none.
    process = models.ForeignKey(
        "governance.Process", null=True, on_delete=models.PROTECT, related_name="+"
    )
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)  # exclusive
    actor = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    done = models.PositiveBigIntegerField(default=0)  # leaves written of `size`
    size = models.PositiveBigIntegerField(default=0)
    entries = models.PositiveBigIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    manifest_digest = models.CharField(max_length=64, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="export_period_forwards",
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(until__gt=F("since")),
            ),
            models.CheckConstraint(
                name="export_ready_is_whole",
                condition=~Q(state="ready") | ~Q(manifest_digest=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["requested_at"],
                condition=Q(state__in=["requested", "running", "ready"]),
                name="export_to_tend",
            )
        ]


class Verification(models.Model):
    """One recomputation of the whole ledger, and what it found."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    actor = models.CharField(max_length=120)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    entries = models.PositiveBigIntegerField(default=0)
    sequenced = models.PositiveBigIntegerField(default=0)
    pending = models.PositiveBigIntegerField(default=0)
    checkpoints = models.PositiveBigIntegerField(default=0)
    problems = models.PositiveBigIntegerField(default=0)
    first_problems = models.JSONField(default=list)
    error = models.CharField(max_length=300, blank=True)  # it ended before it was through

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(finished_at__isnull=True),
                name="one_verification_at_a_time",
            )
        ]
        indexes = [models.Index(fields=["-started_at"], name="verification_newest")]


class Witnessing(models.Model):
    """One checkpoint handed to one witness, until it acknowledged."""

    class Way(models.TextChoices):
        FILE = "file", "file"
        HTTP = "http", "HTTP"

    id = models.BigAutoField(primary_key=True)
    size = models.BigIntegerField()  # of the checkpoint, which stays free of any reference
    way = models.CharField(max_length=4, choices=Way)
    attempts = models.PositiveIntegerField(default=0)
    tried_at = models.DateTimeField()
    witnessed_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["way", "size"], name="witnessed_once_a_way")]
