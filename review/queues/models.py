"""Named, role-based lines of a process."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Queue(models.Model):
    """Who serves it is the role; what stands in it, the kinds; both come from the contract."""

    id = models.BigAutoField(primary_key=True)
    process = models.ForeignKey(
        "governance.Process", on_delete=models.PROTECT, related_name="queues"
    )
    name = models.SlugField(max_length=60)
    role = models.CharField(max_length=40)
    kinds = ArrayField(models.CharField(max_length=20), default=list)
    lease_seconds = models.PositiveIntegerField(default=600)
    # How long in all a person may hold one task for later; 0 allows no holding.
    hold_seconds = models.PositiveIntegerField(default=14_400, db_default=14_400)
    is_paused = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["process", "name"], name="queue_name_once")]

    def __str__(self) -> str:
        return f"{self.process_id}/{self.name}"
