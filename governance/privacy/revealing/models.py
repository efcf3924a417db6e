"""Reveals: who saw which personal value, for what, from when until when."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from governance.identifiers import uuid7

MAX_SECONDS = 900


class Reveal(models.Model):
    """One field of one item shown to one person for a while; the row is never changed but to end.

    item and task are keys without a constraint: governance knows no item. field is
    "input.<path>", "output.<path>" or "documents".
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.UUIDField()
    process = models.ForeignKey(
        "governance.Process", on_delete=models.PROTECT, related_name="reveals"
    )
    field = models.CharField(max_length=300)
    kind = models.CharField(max_length=12)  # the label: personal, sensitive
    person = models.ForeignKey("governance.User", on_delete=models.PROTECT, related_name="reveals")
    purpose = models.CharField(max_length=500)
    # The claim that it was asked under, where it was; the reveal ends with it.
    task = models.UUIDField(null=True)
    at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["item", "person", "field"],
                condition=Q(ended_at__isnull=True),
                name="one_open_reveal_a_field",
            ),
            models.CheckConstraint(
                condition=Q(until__gt=F("at"))
                & Q(until__lte=F("at") + timedelta(seconds=MAX_SECONDS)),
                name="reveal_is_short",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True)
                | Q(ended_at__gte=F("at"), ended_at__lte=F("until")),
                name="reveal_ends_in_time",
            ),
            models.CheckConstraint(condition=~Q(purpose=""), name="reveal_has_a_purpose"),
        ]
        indexes = [
            models.Index(fields=["item", "id"], name="reveal_by_item"),
            models.Index(fields=["person", "at"], name="reveal_by_person"),
            models.Index(fields=["process", "id"], name="reveal_by_process"),
            models.Index(
                fields=["until"], condition=Q(ended_at__isnull=True), name="reveal_to_end"
            ),
        ]

    @property
    def seconds(self) -> int | None:
        """How long it was visible; None while it is."""
        return None if self.ended_at is None else round((self.ended_at - self.at).total_seconds())
