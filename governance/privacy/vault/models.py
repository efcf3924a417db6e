"""The keys that labelled values are encrypted with."""

from django.db import models


class ProcessKey(models.Model):
    """A process's key, wrapped by the master key. An item's data key is made of it and the item's
    seed, so that a new master key means one row for each process, not one for each item."""

    process = models.OneToOneField(
        "governance.Process", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    wrapped = models.BinaryField(max_length=70_000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
