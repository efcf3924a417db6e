"""The verbs of documents other than reading them (reading.py)."""

from django.db import transaction

from governance.errors import InvalidInput
from governance.ledger import operations as ledger
from governance.models import User
from governance.privacy.redact import commitment
from integrations.encryption import Unreadable
from review.documents import blobs
from review.documents.models import Document, Download

MAX_REASON_CHARACTERS = 500


def download(document: Document, *, actor: User, reason: str) -> bytes:
    """The original file, as it came in; who had it and why is recorded first.

    `document` carries its item. The ledger holds the reason as a commitment, since people write
    names into reasons; in clear it goes with the item. Raises InvalidInput without a reason, and
    where the file cannot be had any more (nothing is recorded then).
    """
    reason = " ".join(reason.split())
    if not reason or len(reason) > MAX_REASON_CHARACTERS:
        why = f"must have 1 to {MAX_REASON_CHARACTERS} characters"
        raise InvalidInput("Say why you need the original.", {"reason": why})
    item = document.item
    try:
        content = blobs.read(document.blob, blobs.data_key_of(item.pk))
    except (blobs.Missing, Unreadable):
        raise InvalidInput("The original of this document cannot be had any more.") from None
    with transaction.atomic():
        Download.objects.create(document=document, actor=actor, reason=reason)
        ledger.append(
            "document.downloaded",
            item=item.pk,
            process=item.process_id,
            actor=f"user:{actor.pk}",
            data={
                "document": str(document.pk),
                "sha256": commitment(document.sha256, bytes(item.salt)),
                "reason": {"commitment": commitment(reason, bytes(item.salt))},
            },
        )
    return content
