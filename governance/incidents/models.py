"""Halts: the switch that stops a process, or everything, within seconds."""

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
