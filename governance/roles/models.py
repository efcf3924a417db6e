"""People, producers and the keys they call the API with."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

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
    # Titles of what is halted by slug, "*" for everything; read with the row, so that each page can
    # say it.
    loaded_halts: Mapping[str, str] = MappingProxyType({})
    # Open sessions by id with when they were last used, roles held anywhere, and whether a second
    # factor is set up; None where the row was read without them.
    loaded_sessions: Mapping[str, datetime] | None = None
    loaded_roles: frozenset[str] | None = None
    loaded_factor: bool | None = None

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
    """A bearer key of one producer for one process, or of one person; only its hash is kept.

    What a key reaches never changes: a trigger lets its row be revoked, end sooner, and say when
    it was used, and nothing else.
    """

    class Scope(models.TextChoices):
        SUBMIT = "items:write", "hand items in"
        READ = "items:read", "read items, processes and their numbers"
        PERSONAL = "items:personal", "read personal values of items"
        DECIDE = "tasks:decide", "claim, decide, undo; answer held outputs"
        GOVERN = "processes:govern", "change, halt and mend processes; read who may do what"

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
    reason = models.CharField(max_length=500, blank=True, default="", db_default="")
    prefix = models.CharField(max_length=12, unique=True)
    secret_sha256 = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)
    # Null where the system did it, and for keys made before this was recorded.
    issued_by = models.ForeignKey(
        "governance.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
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
            ),
            models.CheckConstraint(
                name="api_key_scopes_of_its_kind",
                condition=(
                    Q(
                        user__isnull=True,
                        scopes__contained_by=["items:write", "items:read", "items:personal"],
                    )
                    | Q(
                        user__isnull=False,
                        scopes__contained_by=[
                            "items:write",
                            "items:read",
                            "tasks:decide",
                            "processes:govern",
                        ],
                    )
                ),
            ),
            models.CheckConstraint(
                name="personal_values_for_a_reason",
                condition=~Q(scopes__contains=["items:personal"]) | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"

    @property
    def owner_name(self) -> str:
        """The producer's name, or the person's."""
        if self.producer is not None:
            return self.producer.name
        return self.user.display_name if self.user is not None else ""

    @property
    def reads_personal(self) -> bool:
        return self.Scope.PERSONAL in self.scopes

    def is_live(self, now: datetime) -> bool:
        """Neither revoked nor at its end."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class RoleGrant(models.Model):
    """That a person was given a role in a process, and until when.

    Rights are read from the group; this is its record. granted_by and ended_by are null where the
    system did it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        "governance.User", on_delete=models.CASCADE, related_name="role_grants"
    )
    role = models.CharField(max_length=30)
    process = models.ForeignKey("governance.Process", on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    granted_by = models.ForeignKey(
        "governance.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        "governance.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    end_reason = models.CharField(max_length=500, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="nobody_grants_their_own_role",
                condition=Q(granted_by__isnull=True) | ~Q(granted_by=F("user")),
            ),
            models.CheckConstraint(
                name="nobody_ends_their_own_role",
                condition=Q(ended_by__isnull=True) | ~Q(ended_by=F("user")),
            ),
            models.CheckConstraint(
                name="role_ends_after_it_began",
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
            ),
            models.CheckConstraint(
                name="a_reason_to_end_ends", condition=Q(end_reason="") | Q(ended_at__isnull=False)
            ),
            models.UniqueConstraint(
                name="one_open_grant",
                fields=["user", "role", "process"],
                condition=Q(ended_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                name="grant_due",
                fields=["until"],
                condition=Q(ended_at__isnull=True, until__isnull=False),
            ),
            models.Index(name="grant_of_process", fields=["process", "role"]),
        ]

    def __str__(self) -> str:
        return f"{self.role}@{self.process_id}"


class Duty(models.Model):
    """Two roles that nobody holds together in one process; in alphabetical order.

    What the trigger on memberships reads; `duties.sync` fills it from the settings.
    """

    first = models.CharField(max_length=30)
    second = models.CharField(max_length=30)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_row_a_duty", fields=["first", "second"]),
            models.CheckConstraint(name="duty_in_order", condition=Q(first__lt=F("second"))),
        ]
        verbose_name_plural = "duties"

    def __str__(self) -> str:
        return f"{self.first}/{self.second}"
