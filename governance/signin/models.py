"""Failed attempts, open sessions, what others did to them, and the mails about passwords."""

from django.db import models

from governance.identifiers import uuid7


class SignInCount(models.Model):
    """How often a sign-in failed for one key. Keys are keyed digests: a name that was typed may
    have been a password in the wrong field, and an address says where somebody was."""

    class Scope(models.TextChoices):
        PAIR = "pair", "this name from this address"
        NAME = "name", "this name from anywhere"
        ADDRESS = "address", "this address, whatever the name"
        DEVICE = "device", "this name from a browser it was used in before"
        CODE = "code", "codes and passwords asked for after the first"
        RESET = "reset", "new passwords asked for by this mail address"
        RESET_FROM = "reset_from", "new passwords asked for from this address"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scope = models.CharField(max_length=10, choices=Scope)
    digest = models.BinaryField(max_length=32)
    # The digest of the name alone, by which all that concerns one person is lifted.
    about = models.BinaryField(max_length=32, null=True)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    blocked_until = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(name="one_count_a_key", fields=["scope", "digest"])]
        indexes = [
            models.Index(name="counts_about", fields=["about"]),
            models.Index(name="counts_by_age", fields=["last_at"]),
        ]


class PersonSession(models.Model):
    """A session that a person has open. Who deletes the row ends the session with its next request,
    whatever a cache still says."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey("governance.User", on_delete=models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    method = models.CharField(max_length=40)
    browser = models.CharField(max_length=60)  # in words, such as "Firefox on Linux"
    address = models.CharField(max_length=50)  # without its last part
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # within ten minutes

    class Meta:
        default_permissions = ()
        indexes = [models.Index(name="session_by_start", fields=["started_at"])]


class Intervention(models.Model):
    """What somebody else did to a person's sign-in, and why: the ledger keeps the words' digest."""

    class Kind(models.TextChoices):
        SESSIONS_ENDED = "sessions_ended", "ended sessions"
        FACTOR_RESET = "factor_reset", "reset the second factor"
        WAIT_LIFTED = "wait_lifted", "lifted the wait"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey("governance.User", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    reason = models.CharField(max_length=500)
    # Null where it was done by a command on the server.
    actor = models.ForeignKey(
        "governance.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="nobody_intervenes_for_themselves",
                condition=models.Q(actor__isnull=True) | ~models.Q(actor=models.F("user")),
            ),
        ]
        indexes = [models.Index(name="interventions_of", fields=["user", "-at"])]


class ResetRequest(models.Model):
    """Somebody asked for a new password by a mail address, of which a keyed digest is kept: what
    was typed may be anybody's. Whose it is, is not looked up in the request, so that the answer
    takes as long where it is nobody's; the row goes once that was done."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    digest = models.BinaryField(max_length=32)
    asked_at = models.DateTimeField()

    class Meta:
        default_permissions = ()


class SignInMail(models.Model):
    """A mail about a person's password that has to go out; the row goes with it."""

    class Kind(models.TextChoices):
        RESET = "reset", "the link to a new password"
        CHANGED = "changed", "that the password was changed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey("governance.User", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()  # while it is being sent, when that is given up
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                name="one_link_on_its_way",
                fields=["user"],
                condition=models.Q(kind="reset"),
            ),
        ]
        indexes = [models.Index(name="signin_mail_due", fields=["due_at"])]
