"""What a person is told, by which ways, and what of it has gone out."""

from django.db import models
from django.db.models import Q

from governance.identifiers import uuid7


class Notice(models.Model):
    """One thing a person should know: what and where, never what an item says.

    `key` keeps the same thing from being said twice to one person.
    """

    class Kind(models.TextChoices):
        HANDED_OVER = "handed_over", "a task was handed to you"
        MENTIONED = "mentioned", "you were mentioned in a note"
        ESCALATED = "escalated", "a task was escalated by the clock"
        DUE_SOON = "due_soon", "work is due soon"
        OVERDUE = "overdue", "work is overdue"
        EFFECT_FAILED = "effect_failed", "an effect failed for good"
        DECISION_CHANGED = "decision_changed", "your decision was undone or amended"
        QUEUE_PAUSED = "queue_paused", "a queue was paused"
        APPROVAL_WAITS = "approval_waits", "an approval waits for your signature"
        APPROVAL_ANSWERED = "approval_answered", "what you asked for was answered"
        APPROVAL_LAPSES = "approval_lapses", "an approval lapses soon"
        GATE_HELD = "gate_held", "outputs wait for compliance"
        INCIDENT = "incident", "an incident concerns you"
        KEY_ENDS = "key_ends", "an API key ends soon"
        ROLE_ENDS = "role_ends", "a role ends soon"
        ACCESS_REVIEW = "access_review", "an access review is due"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(
        "governance.User", on_delete=models.CASCADE, related_name="notices", db_index=False
    )
    kind = models.CharField(max_length=20, choices=Kind)
    process = models.ForeignKey(  # None: about something that is for every process
        "governance.Process", null=True, on_delete=models.PROTECT, related_name="+"
    )
    item = models.ForeignKey("review.Item", null=True, on_delete=models.CASCADE, related_name="+")
    task = models.ForeignKey(
        "review.Task", null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    queue = models.ForeignKey("review.Queue", null=True, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)
    is_shown = models.BooleanField(default=True)  # in the app, as the person chose
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="notice_once"),
        ]
        indexes = [
            models.Index(
                fields=["person", "-id"], condition=Q(is_shown=True), name="notice_by_person"
            ),
            models.Index(
                fields=["person"],
                condition=Q(is_shown=True, read_at__isnull=True),
                name="notice_unread",
            ),
        ]


class Delivery(models.Model):
    """A notice on its way out by one channel; sent together with what is due at that time."""

    class Channel(models.TextChoices):
        EMAIL = "email", "e-mail"
        CHAT = "chat", "chat"

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENT = "sent", "sent"
        FAILED = "failed", "failed for good"
        DROPPED = "dropped", "no longer wanted"

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    person = models.ForeignKey(
        "governance.User", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    channel = models.CharField(max_length=10, choices=Channel)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=100, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="delivered_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="delivery_due"),
            models.Index(
                fields=["person", "channel", "due_at"],
                condition=Q(state="waiting"),
                name="delivery_of_person",
            ),
        ]


class NoticeChoices(models.Model):
    """How a person wants to be told; without a row the usual ways (ways.py) hold.

    ways: {kind: {"app": bool, "email": when, "chat": when}} for what differs from the usual.
    """

    person = models.OneToOneField(
        "governance.User", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    ways = models.JSONField(default=dict)
    time_zone = models.CharField(max_length=60, default="UTC")
    quiet_from = models.TimeField(null=True)  # both or neither; may run over midnight
    quiet_until = models.TimeField(null=True)
    digest_hour = models.PositiveSmallIntegerField(default=8)  # of the daily digest
    chat_url = models.CharField(max_length=500, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="quiet_hours_whole",
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
            ),
            models.CheckConstraint(name="digest_hour_of_a_day", condition=Q(digest_hour__lte=23)),
        ]
