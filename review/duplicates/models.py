"""Digests of what must not come twice, by item and check."""

import secrets

from django.db import models

from governance.identifiers import uuid7


def new_secret() -> bytes:
    """Thirty-two random bytes: what makes a process's digests impossible to guess."""
    return secrets.token_bytes(32)


class DuplicateSecret(models.Model):
    """A process's secret. Without it nobody learns from a digest what an item said."""

    process = models.OneToOneField(
        "governance.Process", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    secret = models.BinaryField(max_length=32, default=new_secret)

    class Meta:
        default_permissions = ()


class DuplicateKey(models.Model):
    """What an item says under one check of its contract. Goes with its item.

    Not unique by digest: items may well say the same, and then people have seen it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    process = models.ForeignKey("governance.Process", on_delete=models.PROTECT, related_name="+")
    check_name = models.CharField(max_length=60)
    digest = models.BinaryField(max_length=32)
    item = models.ForeignKey("review.Item", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["item", "check_name"], name="duplicate_key_once")
        ]
        indexes = [
            models.Index(fields=["process", "check_name", "digest"], name="duplicate_key_by_digest")
        ]
