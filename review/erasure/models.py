"""Requests for erasure and what became of each item: kept as the receipt, without any value."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from governance.identifiers import uuid7


class ErasureRequest(models.Model):
    """Items that are to be erased, wholly or in parts (classes of retention), and why."""

    class Origin(models.TextChoices):
        ITEM = "item", "items named one by one"
        SUBJECT = "subject", "items about a person"
        RETENTION = "retention", "rule of retention"

    class Basis(models.TextChoices):
        NOT_NEEDED = "not_needed", "no longer needed (GDPR 17(1)(a))"
        CONSENT = "consent", "consent withdrawn (GDPR 17(1)(b))"
        OBJECTION = "objection", "objection (GDPR 17(1)(c))"
        UNLAWFUL = "unlawful", "unlawfully processed (GDPR 17(1)(d))"
        OBLIGATION = "obligation", "legal obligation (GDPR 17(1)(e))"
        RETENTION = "retention", "kept long enough (GDPR 5(1)(e))"

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        DONE = "done", "done"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    origin = models.CharField(max_length=10, choices=Origin)
    parts = ArrayField(models.CharField(max_length=10), default=list)
    processes = ArrayField(models.CharField(max_length=60))
    basis = models.CharField(max_length=12, choices=Basis)
    reference = models.CharField(max_length=80)  # of the person's letter; never their name
    # None for retention, which has a rule.
    requested_by = models.ForeignKey(
        "governance.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    rule = models.ForeignKey(
        "governance.RetentionRule", null=True, on_delete=models.PROTECT, related_name="+"
    )
    ends_work = models.BooleanField(default=False)  # of items that are still in progress
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    hint_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="erasure_by_a_person_or_a_rule",
                condition=Q(requested_by__isnull=False, rule__isnull=True)
                | Q(requested_by__isnull=True, rule__isnull=False, origin="retention"),
            ),
            models.CheckConstraint(
                name="erasure_done_at_some_time",
                condition=Q(state="waiting", finished_at__isnull=True)
                | Q(state="done", finished_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["hint_at"], condition=Q(state="waiting"), name="erasure_to_work"),
            models.Index(
                fields=["-id"], condition=~Q(origin="retention"), name="erasure_by_people"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class ErasureItem(models.Model):
    """One item of a request. counts: rows by store, once its rows are gone."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        ROWS_GONE = "rows_gone", "rows erased, files being removed"
        DONE = "done", "erased"
        BEFORE = "before", "was erased before"
        REFUSED = "refused", "kept by a legal hold"

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(ErasureRequest, on_delete=models.PROTECT, related_name="rows")
    item = models.ForeignKey("review.Item", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    obstacle = models.CharField(max_length=40, blank=True)  # what it waits for, or why it is kept
    counts = models.JSONField(default=dict)
    keys = models.JSONField(default=list)  # destroyed: [{"kind", "fingerprint", "master_key"}]
    blobs = ArrayField(models.CharField(max_length=200), default=list)  # still to be removed
    entry = models.UUIDField(null=True)  # in the ledger
    at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["request", "item"], name="erasure_item_once")
        ]
        indexes = [
            models.Index(
                fields=["request", "id"],
                condition=Q(state__in=["waiting", "rows_gone"]),
                name="erasure_item_to_do",
            )
        ]
