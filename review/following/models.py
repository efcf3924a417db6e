"""How far each reader of the ledger has come."""

from django.db import models


class Cursor(models.Model):
    """A reader's place in the sequenced ledger: the index of the leaf that it reads next."""

    name = models.CharField(max_length=40, primary_key=True)
    next_index = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
