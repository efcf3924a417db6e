"""Models, their frozen versions, and which version serves which process."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from governance.identifiers import uuid7


class Model(models.Model):
    """A named model of one process, such as `customer-triage/local`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    process = models.ForeignKey(
        "governance.Process", on_delete=models.PROTECT, related_name="catalogue"
    )
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["process", "name"], name="model_name_once")]

    def __str__(self) -> str:
        return f"{self.process_id}/{self.name}"


class ModelVersion(models.Model):
    """One frozen configuration: provider, weights or endpoint, parameters; named by its digest."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    provider = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    config = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="model_version_number_once")
        ]
        triggers = [
            pgtrigger.Protect(
                name="model_version_is_frozen", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.model} v{self.number}"


class Deployment(models.Model):
    """Which version serves a process, in which role, since when and until when."""

    class Role(models.TextChoices):
        CHAMPION = "champion", "champion"
        SHADOW = "shadow", "shadow"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    process = models.ForeignKey(
        "governance.Process", on_delete=models.PROTECT, related_name="deployments"
    )
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="deployments")
    role = models.CharField(max_length=10, choices=Role, default=Role.CHAMPION)
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True)
    # Of a shadow alone: how likely it is that an item is drawn for it, and how many are on one day.
    share = models.FloatField(null=True)
    daily_limit = models.PositiveIntegerField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["process"],
                condition=Q(role="champion", until__isnull=True),
                name="one_champion_a_process",
            ),
            models.UniqueConstraint(
                fields=["process", "version"],
                condition=Q(role="shadow", until__isnull=True),
                name="one_shadow_a_version",
            ),
            models.CheckConstraint(
                name="shadow_has_share_and_limit",
                condition=Q(role="champion", share__isnull=True, daily_limit__isnull=True)
                | Q(
                    role="shadow",
                    share__isnull=False,
                    share__gt=0,
                    share__lte=1,
                    daily_limit__isnull=False,
                    daily_limit__gte=1,
                ),
            ),
        ]
