"""What people write to each other about an item."""

from django.db import models
from django.db.models import Q

from governance.identifiers import uuid7


class Note(models.Model):
    """A remark on an item, for those who may see it and judge nothing unaided."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.ForeignKey(
        "review.Item", on_delete=models.CASCADE, related_name="notes", db_index=False
    )
    author = models.ForeignKey("governance.User", on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["item", "id"], name="note_by_item")]


class Mention(models.Model):
    """Somebody a note speaks to; told at once, or once the item is no longer hidden from them."""

    id = models.BigAutoField(primary_key=True)
    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="mentions")
    person = models.ForeignKey("governance.User", on_delete=models.CASCADE, related_name="+")
    told_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["note", "person"], name="mentioned_once")]
        indexes = [
            models.Index(fields=["id"], condition=Q(told_at__isnull=True), name="mention_untold")
        ]
