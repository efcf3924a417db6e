"""Decided outputs that compliance holds before anything is sent."""

from django.db import models
from django.db.models import Q

from governance.identifiers import uuid7


class GateHold(models.Model):
    """One decision before the gate of its contract; its effects wait until it is through.

    Migration 0015 keeps the rules in the database for every role: nothing of a decision is sent
    while its hold is open, and nobody answers for an item that they decided on.
    """

    class State(models.TextChoices):
        CHECKING = "checking", "being checked"
        WAITING = "waiting", "held by compliance"
        PASSED = "passed", "passed the checks"
        RELEASED = "released", "released"
        REFUSED = "refused", "refused"
        WITHDRAWN = "withdrawn", "withdrawn with its decision"

    OPEN = (State.CHECKING, State.WAITING)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    process = models.ForeignKey(
        "governance.Process", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    item = models.ForeignKey("review.Item", on_delete=models.CASCADE, related_name="gate_holds")
    decision = models.OneToOneField(
        "review.Decision", on_delete=models.CASCADE, related_name="gate_hold"
    )
    state = models.CharField(max_length=10, choices=State)
    reasons = models.JSONField(default=list)  # as of a route: codes with their numbers
    due_at = models.DateTimeField()  # the item's
    opened_at = models.DateTimeField()
    answered_by = models.ForeignKey(
        "governance.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField(null=True)
    comment = models.TextField(blank=True)
    policy_version = models.ForeignKey(
        "governance.PolicyVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    heading = models.CharField(max_length=80, blank=True)  # anchor in the policy's text
    heading_title = models.CharField(max_length=200, blank=True)
    # The checks that take their time: who makes them until when, and when they are due again.
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    hint_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(state__in=["checking", "waiting"]),
                name="one_open_hold_an_item",
            ),
            models.CheckConstraint(
                name="hold_answered_by_somebody",
                condition=~Q(state__in=["released", "refused"])
                | Q(answered_by__isnull=False, answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="refusal_cites_and_says_why",
                condition=~Q(state="refused") | Q(policy_version__isnull=False) & ~Q(comment=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["process", "due_at", "id"],
                condition=Q(state="waiting"),
                name="hold_by_due",
            ),
            models.Index(
                fields=["process", "opened_at"],
                condition=Q(state="waiting"),
                name="hold_by_opening",
            ),
            models.Index(fields=["hint_at"], condition=Q(state="checking"), name="hold_to_check"),
        ]
