"""Which items an incident touches, and how they were found."""

from django.db import models

from governance.identifiers import uuid7


class IncidentSearch(models.Model):
    """A question that found items of an incident; `query` as affected.Affected writes it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    incident = models.ForeignKey(
        "governance.Incident", on_delete=models.PROTECT, related_name="searches"
    )
    process = models.ForeignKey("governance.Process", on_delete=models.PROTECT, related_name="+")
    query = models.JSONField()
    found = models.PositiveIntegerField()  # items that fit, at most affected.MOST_ITEMS
    added = models.PositiveIntegerField()  # of them, those the incident did not name yet
    is_cut = models.BooleanField(default=False)
    actor = models.ForeignKey("governance.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()


class IncidentItem(models.Model):
    """An item that an incident touches; it stays on the list whatever is done about it."""

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(
        "governance.Incident", on_delete=models.PROTECT, related_name="items", db_index=False
    )
    search = models.ForeignKey(
        IncidentSearch, on_delete=models.PROTECT, related_name="items", db_index=False
    )
    item = models.ForeignKey("review.Item", on_delete=models.CASCADE, related_name="+")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["incident", "item"], name="incident_item_once")
        ]
