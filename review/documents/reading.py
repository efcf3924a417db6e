"""From received to read: lease, normalise in a subprocess outside any transaction, record."""

from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from governance.contracts.agreement import agreement_of
from integrations.documents.model import Normalised
from integrations.encryption import Unreadable
from review.documents import blobs, recording
from review.documents.limits import normalise
from review.documents.models import Document
from review.documents.recording import Refusal

log = structlog.get_logger(__name__)

SWEEP_LIMIT = 500
FIRST_DELAY_SECONDS = 5  # before a step that broke is tried again; doubled each time

# A row that another worker holds is passed by: two hints that overlap neither wait nor deadlock.
_LEASE_SQL = """
    UPDATE review_document d SET
        lease_until = clock_timestamp() + interval '1 second' * %(lease)s,
        hint_at = clock_timestamp() + interval '1 second' * %(lease)s,
        attempts = d.attempts + 1
    FROM (
        SELECT r.id FROM review_document r
        WHERE r.id = %(id)s AND r.state = 'received'
          AND (r.lease_until IS NULL OR r.lease_until <= clock_timestamp())
        FOR UPDATE SKIP LOCKED) due
    WHERE d.id = due.id
    RETURNING d.id
"""

WORKER_LOST = Refusal(
    "worker_lost", "Reading this file ended the worker that read it, again and again."
)
LOST = Refusal("lost", "The stored file is gone, or is not what was stored.")
INTERNAL = Refusal("internal", "Reading this file failed on our side, again and again.")
TOO_MANY_ATTACHMENTS = Refusal(
    "too_many_attachments", "The file holds more attachments than are read."
)


def read(document_id: UUID) -> None:
    """Lease the document if it is due, read it, and record what came of it."""
    if not _lease(document_id):
        return
    document = Document.objects.select_related("item").get(pk=document_id)
    if document.attempts > settings.DOCUMENT_ATTEMPTS:
        # Nobody was left to record those attempts; without this the next one would go the way of
        # the others for ever.
        recording.refuse(document, WORKER_LOST)
        return
    try:
        outcome = _outcome(document)
        if isinstance(outcome, Refusal):
            recording.refuse(document, outcome)
        else:
            recording.keep(document, *outcome)
    except Exception:
        log.exception("reading_broke", document=str(document.pk))
        if document.attempts >= settings.DOCUMENT_ATTEMPTS:
            recording.refuse(document, INTERNAL)
        else:
            _try_again(document)


def _lease(document_id: UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_LEASE_SQL, {"id": document_id, "lease": settings.DOCUMENT_LEASE_SECONDS})
        return cursor.fetchone() is not None


def _outcome(document: Document) -> tuple[Normalised, bytes] | Refusal:
    """The file read, with the data key it was read with; no transaction is open."""
    from integrations.documents.model import DocumentRefused

    try:
        data_key = blobs.data_key_of(document.item_id)
        content = blobs.read(document.blob, data_key)
    except (blobs.Missing, Unreadable):
        log.warning("document_lost", document=str(document.pk))
        return LOST
    try:
        spec = agreement_of(document.item.contract_id).documents
        normalised = normalise(content, spec, document.depth)
    except DocumentRefused as refused:
        return Refusal(refused.code, str(refused))
    if len(normalised.attachments) > settings.DOCUMENT_MAX_ATTACHMENTS:
        return TOO_MANY_ATTACHMENTS
    return normalised, data_key


def _try_again(document: Document) -> None:
    delay = timedelta(seconds=FIRST_DELAY_SECONDS * 2 ** (document.attempts - 1))
    Document.objects.filter(
        pk=document.pk, state=Document.State.RECEIVED, attempts=document.attempts
    ).update(lease_until=None, hint_at=timezone.now() + delay)


def due(*, only_tried: bool = False) -> list[UUID]:
    """Documents received but not moving; each is hinted at again later."""
    with transaction.atomic():
        rows = list(
            Document.objects.select_for_update(skip_locked=True)
            .filter(state=Document.State.RECEIVED, hint_at__lte=timezone.now())
            .order_by("hint_at")
            .values_list("pk", "attempts")[:SWEEP_LIMIT]
        )
        again = timezone.now() + timedelta(seconds=settings.HINT_AGAIN_SECONDS)
        Document.objects.filter(pk__in=[pk for pk, _ in rows]).update(hint_at=again)
    return [pk for pk, attempts in rows if attempts or not only_tried]
