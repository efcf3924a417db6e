"""Incidents, and halts: the switch that stops a process, or everything, within seconds."""

import pgtrigger
from django.db import models
from django.db.models import Q

from governance.identifiers import uuid7


class Halt(models.Model):
    """While it is on, nothing is decided automatically and no effect is sent; people may decide,
    and what they decide waits. It is read wherever something acts, so that it needs no message."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # None: everything.
    process = models.ForeignKey(
        "governance.Process", null=True, on_delete=models.PROTECT, related_name="halts"
    )
    reason = models.CharField(max_length=500)
    since = models.DateTimeField()
    started_by = models.CharField(max_length=120)
    until = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=120, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["process"],
                condition=Q(until__isnull=True),
                nulls_distinct=False,
                name="one_halt_a_process",
            )
        ]


class Incident(models.Model):
    """A misbehaviour: what happened, whom it concerns, and what was done about it."""

    class Severity(models.IntegerChoices):
        CRITICAL = 1, "critical"
        HIGH = 2, "high"
        MODERATE = 3, "moderate"
        LOW = 4, "low"

    class State(models.TextChoices):
        OPEN = "open", "open"
        CONTAINED = "contained", "contained"
        RESOLVED = "resolved", "resolved"
        CLOSED = "closed", "closed"

    PERSON = "person"  # `source` of what somebody opened by hand; otherwise an alarm's code

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveIntegerField(unique=True)
    title = models.CharField(max_length=200)
    severity = models.PositiveSmallIntegerField(choices=Severity)
    # None: it is not one process's.
    process = models.ForeignKey(
        "governance.Process", null=True, on_delete=models.PROTECT, related_name="incidents"
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    source = models.CharField(max_length=60, default=PERSON)
    details = models.JSONField(default=dict)  # what the alarm measured; nothing personal
    owner = models.ForeignKey(
        "governance.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=120)
    contained_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    summary = models.TextField(blank=True)
    cause = models.TextField(blank=True)
    impact = models.TextField(blank=True)
    measures = models.TextField(blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="incident_severity_known", condition=Q(severity__gte=1, severity__lte=4)
            ),
            # An alarm that goes on ringing stays one incident until that one is resolved.
            models.UniqueConstraint(
                fields=["source", "process"],
                condition=Q(state__in=["open", "contained"]) & ~Q(source="person"),
                nulls_distinct=False,
                name="one_open_incident_an_alarm",
            ),
            models.CheckConstraint(
                name="incident_ends_in_order",
                condition=(Q(state="resolved", resolved_at__isnull=False))
                | Q(state="closed", resolved_at__isnull=False, closed_at__isnull=False)
                | Q(state__in=["open", "contained"], resolved_at__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["process", "-number"], name="incident_by_process")]

    def __str__(self) -> str:
        return f"Incident {self.number}"


class ThresholdOverride(models.Model):
    """A floor under every automatic band of a process, for a time: routes become stricter."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    process = models.ForeignKey(
        "governance.Process", on_delete=models.PROTECT, related_name="threshold_overrides"
    )
    floor = models.FloatField()  # confidence, above 0 and at most 1
    reason = models.CharField(max_length=500)
    since = models.DateTimeField()
    started_by = models.CharField(max_length=120)
    until = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=120, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["process"],
                condition=Q(until__isnull=True),
                name="one_threshold_override_a_process",
            ),
            models.CheckConstraint(
                name="threshold_floor_range", condition=Q(floor__gt=0, floor__lte=1)
            ),
        ]


class Playbook(models.Model):
    """One immutable version of a written, executable answer to a misbehaviour.

    steps: [{"do": "pause", "say": "...", ...}] as playbooks.py checks them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=60)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    use_when = models.TextField()
    steps = models.JSONField()
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["slug", "number"], name="playbook_number_once")
        ]
        triggers = [
            pgtrigger.Protect(
                name="playbook_is_frozen", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class PlaybookRun(models.Model):
    """One use of a playbook in one process; its steps were copied from the version."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    playbook = models.ForeignKey(Playbook, on_delete=models.PROTECT, related_name="runs")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="playbook_runs")
    process = models.ForeignKey("governance.Process", on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey("governance.User", on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()


class StepRun(models.Model):
    """One step of a run: what it is, who did it when, and what came of it."""

    class State(models.TextChoices):
        WAITING = "waiting", "not done yet"
        DONE = "done", "done"
        FAILED = "failed", "could not be done"
        SKIPPED = "skipped", "left out"

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(
        PlaybookRun, on_delete=models.CASCADE, related_name="steps", db_index=False
    )
    position = models.PositiveSmallIntegerField()
    step = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    actor = models.ForeignKey(
        "governance.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=500, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="step_position_once"),
            models.CheckConstraint(
                name="step_says_who",
                condition=Q(state="waiting") | Q(actor__isnull=False, at__isnull=False),
            ),
        ]
