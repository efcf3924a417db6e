"""Rollups of the ledger that the team's pages read: rows by the hour and by the day, not items."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class QueueHour(models.Model):
    """What came into a queue and what was decided there in one hour (UTC)."""

    id = models.BigAutoField(primary_key=True)
    queue = models.ForeignKey(
        "review.Queue", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    hour = models.DateTimeField()
    arrived = models.PositiveIntegerField(default=0, db_default=0)
    decided = models.PositiveIntegerField(default=0, db_default=0)
    people = ArrayField(models.UUIDField(), default=list)  # who decided, each once

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["queue", "hour"], name="queue_hour_once")]


class PersonDay(models.Model):
    """What one person decided in one process on one day (UTC).

    handle_bins counts decisions by active handle time; `review.team.handling` says how wide the
    bins are. An override is a verdict that changed or rejected a candidate the person saw.
    """

    id = models.BigAutoField(primary_key=True)
    process = models.ForeignKey(
        "governance.Process", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    actor = models.ForeignKey(
        "governance.User", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    day = models.DateField()
    decided = models.PositiveIntegerField(default=0, db_default=0)
    with_candidate = models.PositiveIntegerField(default=0, db_default=0)
    corrected = models.PositiveIntegerField(default=0, db_default=0)
    rejected = models.PositiveIntegerField(default=0, db_default=0)
    in_bulk = models.PositiveIntegerField(default=0, db_default=0)
    undone_by_self = models.PositiveIntegerField(default=0, db_default=0)
    undone_by_others = models.PositiveIntegerField(default=0, db_default=0)
    undone_after_sending = models.PositiveIntegerField(default=0, db_default=0)
    pairs = models.PositiveIntegerField(default=0, db_default=0)  # of two people on one item
    pairs_agreed = models.PositiveIntegerField(default=0, db_default=0)
    samples = models.PositiveIntegerField(default=0, db_default=0)  # of automatic acceptances
    samples_agreed = models.PositiveIntegerField(default=0, db_default=0)
    timed = models.PositiveIntegerField(default=0, db_default=0)  # decisions with a handle time
    active_seconds = models.PositiveBigIntegerField(default=0, db_default=0)
    handle_bins = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["process", "day", "actor"], name="person_day_once")
        ]
