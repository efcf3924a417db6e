"""People, producers and the keys they call the API with."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from governance.identifiers import uuid7


class User(AbstractUser):
    """A person who signs in. Rights come from roles per process, never from `is_staff`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    is_demo = models.BooleanField(default=False)
    # Action -> key where the person chose another than the usual one; "" for none.
    keys = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))

    # (process slug, permission codename) pairs where they were read with the row; an object lives
    # as long as its request.
    loaded_rights: frozenset[tuple[str, str]] | None = None
    # What is halted, as slugs, "*" for everything; read with the row, so that each page can say it.
    loaded_halts: tuple[str, ...] = ()

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username


class Producer(models.Model):
    """A system that hands items in."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100, unique=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Training(models.Model):
    """That a person was trained to oversee a process, by whom it is attested."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey("governance.User", on_delete=models.PROTECT, related_name="trainings")
    process = models.ForeignKey(
        "governance.Process", on_delete=models.PROTECT, related_name="trainings"
    )
    title = models.CharField(max_length=200)
    completed_on = models.DateField()
    valid_until = models.DateField(null=True)
    recorded_by = models.ForeignKey("governance.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["user", "process", "title", "completed_on"], name="training_once"
            ),
            models.CheckConstraint(
                name="training_attested_by_another", condition=~Q(user=models.F("recorded_by"))
            ),
            models.CheckConstraint(
                name="training_holds_after",
                condition=Q(valid_until__isnull=True)
                | Q(valid_until__gte=models.F("completed_on")),
            ),
        ]


class ApiKey(models.Model):
    """A bearer key of one producer for one process, or of one person; only its hash is kept."""

    class Scope(models.TextChoices):
        SUBMIT = "items:write", "hand items in"
        READ = "items:read", "read items"
        PERSONAL = "items:personal", "read personal values of items"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    producer = models.ForeignKey(
        Producer, null=True, blank=True, on_delete=models.CASCADE, related_name="keys"
    )
    user = models.ForeignKey(
        "governance.User", null=True, blank=True, on_delete=models.CASCADE, related_name="api_keys"
    )
    process = models.ForeignKey(
        "governance.Process", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    scopes = ArrayField(models.CharField(max_length=32, choices=Scope), default=list)
    prefix = models.CharField(max_length=12, unique=True)
    secret_sha256 = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="api_key_of_a_producer_or_a_person",
                condition=(
                    Q(producer__isnull=False, process__isnull=False, user__isnull=True)
                    | Q(producer__isnull=True, user__isnull=False)
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"
