"""Legal holds: what must not be erased while they stand.

governance.migrations.guards.privacy keeps a hold as it was set, except for its lifting;
review.migrations.guards.erasure refuses the erasure of what is held, for every role.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from governance.identifiers import uuid7


class LegalHold(models.Model):
    """Keeps one item, what a process received in a time, or all that is about one person.

    item and digests say what is held without a key to other rooms: the id of an item, and keyed
    digests of values that name a person, all of which an item must hold. They go when the hold is
    lifted, for they would still point at the person.
    """

    class Scope(models.TextChoices):
        ITEM = "item", "one item"
        PROCESS = "process", "items of a process"
        SUBJECT = "subject", "items about a person"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scope = models.CharField(max_length=10, choices=Scope)
    # None for a person: such a hold counts in every process.
    process = models.ForeignKey(
        "governance.Process", null=True, on_delete=models.PROTECT, related_name="+"
    )
    item = models.UUIDField(null=True)
    received_from = models.DateTimeField(null=True)  # both open where null; until is not included
    received_until = models.DateTimeField(null=True)
    digests = ArrayField(models.CharField(max_length=64), default=list)  # hex
    reference = models.CharField(max_length=80)  # of the case; never a person's name
    reason = models.CharField(max_length=500)
    set_by = models.ForeignKey("governance.User", on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    lifted_by = models.ForeignKey(
        "governance.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True)
    lifted_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="hold_says_what_it_holds",
                condition=Q(lifted_at__isnull=False)
                | Q(scope="item", process__isnull=False, item__isnull=False, digests__len=0)
                | Q(scope="process", process__isnull=False, item__isnull=True, digests__len=0)
                | Q(scope="subject", process__isnull=True, item__isnull=True, digests__len__gt=0),
            ),
            models.CheckConstraint(
                name="hold_lifted_by_somebody",
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["scope", "item"], condition=Q(lifted_at__isnull=True), name="hold_standing"
            )
        ]

    def __str__(self) -> str:
        return self.reference
