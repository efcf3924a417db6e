"""A review of access: a line a role held and a line a key, each answered by somebody else."""

from django.db import models
from django.db.models import F, Q

from governance.identifiers import uuid7
from governance.roles.roles import Role


class AccessReview(models.Model):
    """One look at everybody who holds a role in a process."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    process = models.ForeignKey("governance.Process", on_delete=models.CASCADE, related_name="+")
    started_by = models.ForeignKey("governance.User", on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_open_access_review",
                fields=["process"],
                condition=Q(finished_at__isnull=True),
            ),
            models.CheckConstraint(
                name="access_review_due_later", condition=Q(due_at__gt=F("started_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.process_id}, {self.started_at:%Y-%m-%d}"


class AccessReviewLine(models.Model):
    """One role of one person, or one API key, as it stood when the review started.

    person: whose role or key it is; null for a producer's key. last_act_at: for a role the last
    entry of the process that its person made by a right of the role, for a key its last use.
    """

    class Answer(models.TextChoices):
        CONFIRM = "confirm", "confirmed"
        REVOKE = "revoke", "taken back"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    review = models.ForeignKey(AccessReview, on_delete=models.CASCADE, related_name="lines")
    person = models.ForeignKey(
        "governance.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    role = models.CharField(max_length=30, blank=True)
    key = models.ForeignKey(
        "governance.ApiKey", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    last_sign_in_at = models.DateTimeField(null=True, blank=True)
    last_act_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    answered_by = models.ForeignKey(
        "governance.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_line_a_role_held",
                fields=["review", "person", "role"],
                condition=Q(key__isnull=True),
            ),
            models.UniqueConstraint(name="one_line_a_key", fields=["review", "key"]),
            models.CheckConstraint(
                name="access_line_of_a_role_or_a_key",
                condition=(
                    Q(key__isnull=True, person__isnull=False) & ~Q(role="")
                    | Q(key__isnull=False, role="")
                ),
            ),
            models.CheckConstraint(
                name="nobody_reviews_their_own_access",
                condition=Q(answered_by__isnull=True)
                | Q(person__isnull=True)
                | ~Q(answered_by=F("person")),
            ),
            models.CheckConstraint(
                name="access_answer_whole",
                condition=(
                    Q(answer="", answered_by__isnull=True, answered_at__isnull=True)
                    | Q(
                        answer__in=["confirm", "revoke"],
                        answered_by__isnull=False,
                        answered_at__isnull=False,
                    )
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role or self.key_id} of {self.person_id}"

    @property
    def role_label(self) -> str:
        """The role in words; "" for a key."""
        return Role(self.role).label if self.role else ""
