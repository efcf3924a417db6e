"""The append-only record. Rows are written by `governance.ledger.operations` alone.

Migration 0002 refuses UPDATE, DELETE and TRUNCATE on all but the outbox, for every role.
"""

from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform

from governance.identifiers import uuid7


class Entry(models.Model):
    """One event. `hash` is SHA-256 over the RFC 8785 canonical JSON of the entry's other fields."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField()
    item = models.UUIDField(null=True)
    process = models.CharField(max_length=60, null=True)
    actor = models.CharField(max_length=120)
    kind = models.CharField(max_length=60)
    data = models.JSONField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        default_permissions = ()
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["item", "id"], name="entry_of_item"),
            models.Index(fields=["process", "kind", "id"], name="entry_by_kind"),
            models.Index(fields=["actor", "process", "kind", "id"], name="entry_by_actor"),
            models.Index(
                KeyTextTransform("version", "data"),
                "process",
                "kind",
                "id",
                condition=Q(data__has_key="version"),
                name="entry_by_version",
            ),
        ]


class Outbox(models.Model):
    """Entries not yet sequenced; the one ledger table whose rows go away."""

    id = models.BigAutoField(primary_key=True)
    entry = models.UUIDField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        default_permissions = ()


class Leaf(models.Model):
    """An entry's place in the RFC 9162 tree; `index` runs from 0 without a gap."""

    index = models.BigIntegerField(primary_key=True)
    entry = models.UUIDField(unique=True)
    hash = models.BinaryField(max_length=32)

    class Meta:
        default_permissions = ()


class Node(models.Model):
    """Root of a full subtree of 2**level leaves starting at leaf `index * 2**level`."""

    id = models.BigAutoField(primary_key=True)
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="node_once")]


class Checkpoint(models.Model):
    """A signed statement that the first `size` leaves have Merkle root `root`."""

    id = models.BigAutoField(primary_key=True)
    size = models.BigIntegerField(unique=True)
    root = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    origin = models.CharField(max_length=200)
    key_id = models.CharField(max_length=64)
    note = models.TextField()

    class Meta:
        default_permissions = ()
        ordering = ["size"]
