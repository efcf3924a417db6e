"""Rules of retention: how long each class of an item's data is kept after the item has ended."""

from django.db import models
from django.db.models import F, Q

from governance.identifiers import uuid7

PARTS = ("content", "documents", "notes", "item")


class RetentionRule(models.Model):
    """One numbered, immutable version for a process; days since the item's end, None: kept.

    content: input, candidates, verdicts' outputs and effects' bodies. documents: files with all
    that was read from them. notes: what people wrote to each other, drafts included. item: all of
    it, with the item's names and keys. It counts while an approval of its digest is in force.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    process = models.ForeignKey("governance.Process", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    content_days = models.PositiveIntegerField(null=True)
    documents_days = models.PositiveIntegerField(null=True)
    notes_days = models.PositiveIntegerField(null=True)
    item_days = models.PositiveIntegerField(null=True)
    digest = models.CharField(max_length=64)
    author = models.ForeignKey("governance.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["process", "number"], name="retention_number_once"),
            *(
                models.CheckConstraint(
                    name=f"retention_{part}_within_item",
                    condition=Q(**{f"{part}_days__isnull": True})
                    | Q(**{f"{part}_days__gt": 0, "item_days__isnull": True})
                    | Q(**{f"{part}_days__gt": 0, f"{part}_days__lte": F("item_days")}),
                )
                for part in ("content", "documents", "notes")
            ),
            models.CheckConstraint(
                name="retention_item_days",
                condition=Q(item_days__isnull=True) | Q(item_days__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.process_id} v{self.number}"

    def days(self) -> dict[str, int | None]:
        """Days by part."""
        return {part: getattr(self, f"{part}_days") for part in PARTS}
