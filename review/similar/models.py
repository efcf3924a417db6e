"""Past cases that people decided, as vectors."""

from django.db import models
from pgvector.django import HalfVectorField, HnswIndex

from integrations.vectors import DIMENSIONS


class PastCase(models.Model):
    """What an item that a person settled was like. Made from its other rows, never the truth."""

    item = models.OneToOneField(
        "review.Item", primary_key=True, on_delete=models.CASCADE, related_name="past_case"
    )
    process = models.ForeignKey(
        "governance.Process", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    vector = HalfVectorField(dimensions=DIMENSIONS)

    class Meta:
        default_permissions = ()
        indexes = [
            HnswIndex(
                fields=["vector"],
                name="past_case_near",
                m=16,
                ef_construction=64,
                opclasses=["halfvec_cosine_ops"],
            )
        ]

    def __str__(self) -> str:
        return str(self.item_id)
