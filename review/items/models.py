"""Items, the calls made for them, the candidates that came back, and their routes."""

import secrets

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from governance.identifiers import uuid7
from governance.privacy.vault.fields import VaultedJSONField, VaultedTextField
from governance.privacy.vault.vault import Vault


def new_salt() -> bytes:
    """Sixteen random bytes: what makes an item's digests in the ledger impossible to guess."""
    return secrets.token_bytes(16)


class Item(models.Model):
    """One unit of work handed in by a producer."""

    class State(models.TextChoices):
        RECEIVED = "received", "waiting for a candidate"
        WAITING = "waiting", "waiting for a person"
        DECIDED = "decided", "decided, effects outstanding"
        COMPLETED = "completed", "completed"
        REJECTED = "rejected", "rejected"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    process = models.ForeignKey("governance.Process", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("governance.Contract", on_delete=models.PROTECT, related_name="+")
    producer = models.ForeignKey(
        "governance.Producer", null=True, on_delete=models.PROTECT, related_name="+"
    )
    external_id = models.CharField(max_length=200, null=True)
    payload = VaultedJSONField(side="input")
    segment = models.CharField(max_length=60, default="default")
    priority = models.PositiveSmallIntegerField(default=50)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    salt = models.BinaryField(max_length=16, default=new_salt)
    # What the data key of its labelled values is made of; null where there are none (vault.py).
    seed = models.BinaryField(max_length=16, null=True)
    received_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # When its data was erased, by class of retention; erased_at: all of it, for good.
    content_erased_at = models.DateTimeField(null=True)
    documents_erased_at = models.DateTimeField(null=True)
    notes_erased_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    # Documents still to be read; no candidate is asked for before this is 0.
    documents_pending = models.PositiveSmallIntegerField(default=0, db_default=0)
    # The proposing step: who works on it until when, and when the sweeper hints again.
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    hint_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["process", "external_id"],
                condition=Q(external_id__isnull=False),
                name="item_external_id_once",
            ),
            models.CheckConstraint(
                name="item_state_known",
                condition=Q(state__in=["received", "waiting", "decided", "completed", "rejected"]),
            ),
            models.CheckConstraint(name="item_priority_range", condition=Q(priority__lte=100)),
            models.CheckConstraint(
                name="erased_content_has_no_seed",
                condition=Q(content_erased_at__isnull=True) | Q(seed__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["process", "id"], name="item_by_process"),
            models.Index(
                fields=["process", "due_at", "id"],
                condition=Q(state__in=["received", "waiting"]),
                name="item_by_due",
            ),
            models.Index(fields=["process", "state", "id"], name="item_by_state"),
            models.Index(
                fields=["hint_at"],
                condition=Q(state="received", documents_pending=0),
                name="item_to_propose",
            ),
            # What retention looks at next, the oldest first; one for each class.
            *(
                models.Index(
                    fields=["process", "ended_at", "id"],
                    condition=Q(ended_at__isnull=False, **{f"{part}_at__isnull": True}),
                    name=f"item_{part}_due",
                )
                for part in ("content_erased", "documents_erased", "notes_erased", "erased")
            ),
        ]

    def __str__(self) -> str:
        return self.external_id or str(self.id)

    @cached_property
    def vault(self) -> Vault:
        """What encrypts and opens the labelled values of the item and of all that belongs to it."""
        return Vault(self.contract_id, self.pk, self.seed)


class IdempotencyKey(models.Model):
    """A caller's `Idempotency-Key`: the same key and body gives the same item."""

    id = models.BigAutoField(primary_key=True)
    caller = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    body_sha256 = models.BinaryField(max_length=32)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["caller", "key"], name="idempotency_key_once")
        ]


class Call(models.Model):
    """One call to a provider, whatever came of it."""

    class Outcome(models.TextChoices):
        ANSWERED = "answered", "answered"
        TRANSIENT = "transient", "failed for now"
        PERMANENT = "permanent", "failed for good"
        MALFORMED = "malformed", "answered outside the schema"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="calls")
    attempt = models.PositiveSmallIntegerField()
    provider = models.CharField(max_length=60)
    version = models.ForeignKey(  # the index below begins with it
        "governance.ModelVersion",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    prompt_sha256 = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    error = models.CharField(max_length=200, blank=True)
    latency_ms = models.PositiveIntegerField(default=0)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cost_micros = models.PositiveBigIntegerField(default=0)
    # For a shadow: nothing of the item followed from it.
    is_shadow = models.BooleanField(default=False, db_default=False)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["version", "-id"], name="call_by_version")]


class Candidate(models.Model):
    """A model's proposed output, with confidence per field (null where the source gives none)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="candidates")
    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="candidate")
    output = VaultedJSONField(side="output")
    confidence = models.JSONField()
    sources = models.JSONField()
    # Where each value comes from, by dotted path of the output: {"total": [{"source": ...}]}
    evidence = VaultedJSONField(
        side="evidence", default=dict, db_default=models.Value({}, models.JSONField())
    )
    raw = VaultedTextField(side="raw", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()

    @property
    def vault(self) -> Vault:
        return self.item.vault


class Route(models.Model):
    """Policy's answer, with its reasons in order and all that it was decided from."""

    class Outcome(models.TextChoices):
        AUTOMATIC = "automatic", "acts alone"
        REVIEW = "review", "an operator looks at it"
        COMPLIANCE = "compliance", "a compliance officer must pass it"
        MANUAL = "manual", "left to people"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="routes")
    candidate = models.OneToOneField(
        Candidate, null=True, on_delete=models.CASCADE, related_name="route"
    )
    outcome = models.CharField(max_length=10, choices=Outcome)
    reasons = models.JSONField()
    stage = models.CharField(max_length=10)
    is_sampled = models.BooleanField(default=False)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["item"], name="one_route_an_item"),
            models.CheckConstraint(
                name="route_outcome_known",
                condition=Q(outcome__in=["automatic", "review", "compliance", "manual"]),
            ),
        ]
