"""Files that belong to an item, and their pages once they are read."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from governance.identifiers import uuid7


class Document(models.Model):
    """One file of an item. The file lies encrypted in the storage under `blob`."""

    class State(models.TextChoices):
        RECEIVED = "received", "waiting to be read"
        READY = "ready", "read"
        REFUSED = "refused", "not readable"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.ForeignKey("review.Item", on_delete=models.CASCADE, related_name="documents")
    parent = models.ForeignKey(
        "self", null=True, on_delete=models.CASCADE, related_name="attachments"
    )
    depth = models.PositiveSmallIntegerField(default=0, db_default=0)  # 0: handed in by itself
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=255)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    blob = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    media_type = models.CharField(max_length=100, blank=True)  # by content; "" until read
    page_count = models.PositiveIntegerField(default=0)
    notes = models.JSONField(default=list)
    refusal = models.CharField(max_length=40, blank=True)  # DocumentRefused.code
    refusal_message = models.CharField(max_length=300, blank=True)
    # 64-bit simhash of the text: near-identical documents differ in few bits. Null until read.
    fingerprint = models.BigIntegerField(null=True)
    # Its four quarters, each with its place: what differs in three bits or fewer shares one.
    bands = ArrayField(models.IntegerField(), null=True)
    # Embedded parts and all words live encrypted in the storage beside the file ("layout" blob).
    layout = models.CharField(max_length=200, blank=True)
    # The reading step: who works on it until when, and when the sweeper hints again.
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    hint_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["item", "position"], name="document_position_once"),
            models.CheckConstraint(
                name="document_state_known", condition=Q(state__in=["received", "ready", "refused"])
            ),
        ]
        indexes = [
            models.Index(
                fields=["hint_at"], condition=Q(state="received"), name="document_to_read"
            ),
            models.Index(fields=["sha256"], name="document_by_content"),
            GinIndex(fields=["bands"], name="document_by_bands"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Page(models.Model):
    """One page of a document: where its pictures lie, and how large they are (pixels, 0 if none).
    Words and text are in the document's layout."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="pages")
    number = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    source = models.CharField(max_length=4)  # text, ocr
    screen = models.CharField(max_length=200, blank=True)  # blob of the small picture
    zoom = models.CharField(max_length=200, blank=True)  # blob of the large one

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="page_number_once")
        ]


class ItemKey(models.Model):
    """The data key that an item's blobs are encrypted with, wrapped by the master key.

    Destroying the row makes every blob of the item unreadable for good.
    """

    item = models.OneToOneField(
        "review.Item", primary_key=True, on_delete=models.CASCADE, related_name="key"
    )
    wrapped = models.BinaryField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()


class Download(models.Model):
    """Somebody took the original of a document. The ledger has the reason as a commitment; here
    it can be read, and goes with the item."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="downloads")
    actor = models.ForeignKey("governance.User", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()


class Writing(models.Model):
    """Blobs that are about to lie in the storage without rows that name them.

    Announced before the first byte is written, struck off by the transaction that creates the
    rows. What stands here for long was left by a killed process; the sweeper removes its blobs
    without ever having to list the storage.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    blobs = ArrayField(models.CharField(max_length=200))
    began_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["began_at"], name="writing_by_age")]
