"""What items are found by, and the views that people keep."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from governance.identifiers import uuid7


class Findable(models.Model):
    """The words and facets of one item; made from the item's other rows, never the truth itself.

    terms hold, beside the words of the item, one lexeme a facet (`route/review`), so that one
    index answers any mixture. Values labelled personal or sensitive are in none of the columns.
    """

    item = models.OneToOneField(
        "review.Item", primary_key=True, on_delete=models.CASCADE, related_name="findable"
    )
    process = models.ForeignKey(
        "governance.Process", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    terms = SearchVectorField()
    given = models.TextField(blank=True)  # of the input and its documents, for snippets
    made = models.TextField(blank=True)  # of the output, withheld while somebody judges unaided
    decided_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [
            GinIndex(fields=["terms"], name="findable_terms"),
            models.Index(
                fields=["process", "-decided_at", "-item"],
                condition=models.Q(decided_at__isnull=False),
                name="findable_decided",
            ),
        ]

    def __str__(self) -> str:
        return str(self.item_id)


class SavedView(models.Model):
    """A filter of the list of items that a person keeps, and may share with a role."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey("governance.User", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=2000)  # of the address, as the filter writes it
    shared_with = models.CharField(max_length=40, blank=True)  # a role; "" for the owner alone
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="view_name_once")]
        indexes = [
            models.Index(
                fields=["shared_with"], condition=~models.Q(shared_with=""), name="view_shared"
            )
        ]

    def __str__(self) -> str:
        return self.name
