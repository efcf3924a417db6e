"""One verb for many items, with every item a row of its own."""

from django.db import models
from django.db.models import Q

from governance.identifiers import uuid7


class Run(models.Model):
    """What one person asked to be done to a fixed list of items of one process."""

    class Verb(models.TextChoices):
        ACCEPT = "accept", "accept"
        REJECT = "reject", "reject"
        MOVE = "move", "move to another queue"
        GIVE = "give", "give to a person"
        PRIORITY = "priority", "set the priority"
        RELEASE = "release", "take from whoever holds it"
        REQUEUE = "requeue", "ask people again"
        UNDO = "undo", "undo"
        GIVE_BACK = "give_back", "give back to the model"

    class State(models.TextChoices):
        PLANNED = "planned", "dry run"
        TRYING = "trying", "doing the first few"
        WAITING = "waiting", "waits for a look at the first few"
        RUNNING = "running", "running"
        STOPPED = "stopped", "stopped"
        DONE = "done", "done"
        UNDOING = "undoing", "being undone"
        UNDONE = "undone", "undone"
        DROPPED = "dropped", "dropped before it began"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    process = models.ForeignKey(
        "governance.Process", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    actor = models.ForeignKey("governance.User", on_delete=models.PROTECT, related_name="+")
    undone_by = models.ForeignKey(
        "governance.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    verb = models.CharField(max_length=10, choices=Verb)
    options = models.JSONField(default=dict)  # {"to": user id} {"queue": id} {"priority": 80}
    reason = models.TextField()
    query = models.CharField(max_length=2000)  # the filter that chose the items
    excluded = models.JSONField(default=dict)  # why items were left out: {"claimed": 12}
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    hint_at = models.DateTimeField()
    # Set where it is a measure of an incident: then its verb is requeue or undo, and only then.
    incident = models.ForeignKey(
        "governance.Incident", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="run_verb_known",
                condition=Q(
                    verb__in=[
                        *("accept", "reject", "move", "give", "priority", "release"),
                        "give_back",
                    ],
                    incident__isnull=True,
                )
                | Q(verb__in=["requeue", "undo"], incident__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["process", "-id"], name="run_by_process"),
            models.Index(
                fields=["hint_at"],
                condition=Q(state__in=["trying", "running", "undoing"]),
                name="run_to_work",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class RunRow(models.Model):
    """One item of a run and what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting", "not done yet"
        DONE = "done", "done"
        REFUSED = "refused", "could not be done"
        UNDONE = "undone", "undone"
        KEPT = "kept", "could not be undone"

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="rows", db_index=False)
    position = models.PositiveSmallIntegerField()
    item = models.ForeignKey("review.Item", on_delete=models.CASCADE, related_name="+")
    task = models.ForeignKey(  # none where an automatic decision is undone
        "review.Task", null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    decision = models.ForeignKey(
        "review.Decision", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    is_first = models.BooleanField(default=False)  # one of the few that are done before the rest
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    before = models.JSONField(null=True)  # what it was, where the verb has to be turned back
    note = models.CharField(max_length=300, blank=True)  # why it was refused or kept
    at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="run_position_once"),
            models.UniqueConstraint(fields=["run", "item"], name="run_item_once"),
        ]
