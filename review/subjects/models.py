"""What finds the items about a person: keyed digests of the values that name them."""

from django.db import models

from governance.identifiers import uuid7


class SubjectSecret(models.Model):
    """The one key of the digests, wrapped by the master key; without it they tell nothing."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    wrapped = models.BinaryField(max_length=4000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(name="one_subject_secret", condition=models.Q(id=1))]


class SubjectKey(models.Model):
    """One value of a field labelled personal or sensitive, as a digest. Goes with its item."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.ForeignKey("review.Item", on_delete=models.CASCADE, related_name="+")
    digest = models.BinaryField(max_length=32)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["digest", "item"], name="subject_key_once")]
