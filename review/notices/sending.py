"""Sending what is due: leased in one short transaction, sent outside any, recorded in another.

What is due to one person by one channel goes out as one message. A worker that is killed between
sending and recording sends again when its lease ends, under the same message id.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from governance.models import User
from integrations.errors import IntegrationError, PermanentError, TransientError
from integrations.notifications.addresses import validate_url
from integrations.notifications.chat import send_chat
from integrations.notifications.email import send_email
from review.models import Delivery, Notice
from review.notices.operations import choices_of
from review.notices.texts import message_of

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 8
_log = structlog.get_logger(__name__)
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=1)

# The person and channel whose delivery is due first, and all that is due to them there.
_LEASE_SQL = """
    WITH first AS (
        SELECT person_id, channel FROM review_delivery
        WHERE state = 'waiting' AND due_at <= %(now)s
        ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ), due AS (
        SELECT d.id FROM review_delivery d JOIN first USING (person_id, channel)
        WHERE d.state = 'waiting' AND d.due_at <= %(now)s
        ORDER BY d.id LIMIT 200 FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE review_delivery SET
        attempts = attempts + 1, lease_until = %(until)s, due_at = %(until)s
    WHERE id IN (SELECT id FROM due)
    RETURNING id, person_id, channel, attempts
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes out together; until is the lease's end, by which its rows are known again."""

    person_id: UUID
    channel: str
    ids: list[int]
    attempts: int
    until: datetime


def send_due(*, seconds: float = 20.0) -> int:
    """Send what is due, one message after the other, for at most about so many seconds.

    Returns how many messages were tried.
    """
    until, tried = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        batch = _lease()
        if batch is None:
            break
        tried += 1
        _record(batch, _try(batch))
    return tried


def _lease() -> Batch | None:
    now = timezone.now()
    until = now + LEASE
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LEASE_SQL, {"now": now, "until": until})
        rows = cursor.fetchall()
    if not rows:
        return None
    _, person, channel, _ = rows[0]
    attempts = max(row[3] for row in rows)
    return Batch(person, channel, sorted(row[0] for row in rows), attempts, until)


def _try(batch: Batch) -> Exception | None:
    """Send a batch; what went wrong, None where it arrived, LookupError where nobody wants it."""
    person = User.objects.filter(pk=batch.person_id, is_active=True).first()
    if person is None:
        return LookupError("nobody")
    notices = list(
        Notice.objects.filter(deliveries__in=batch.ids)
        .select_related("process", "queue")
        .order_by("-pk")
    )
    if not notices:
        return LookupError("nothing")
    message = message_of(notices, message_id=f"notice-{batch.channel}-{batch.ids[0]}")
    try:
        if batch.channel == Delivery.Channel.EMAIL:
            if not (settings.NOTICES_BY_EMAIL and person.email):
                return LookupError("no address")
            send_email(message, to=person.email, sender=settings.DEFAULT_FROM_EMAIL)
            return None
        url = choices_of([person.pk])[person.pk].chat_url
        private = settings.ALLOW_PRIVATE_ADDRESSES
        if not url or validate_url(url, settings.CHAT_HOSTS, allow_http=private):
            return LookupError("no address")
        send_chat(message, url=url, secret=settings.CHAT_SECRET or None, allow_private=private)
    except IntegrationError as error:
        return error
    except Exception as error:
        # Kept out of the record: its words are not ours and may name a person.
        _log.exception("notice_not_sent", channel=batch.channel, error=type(error).__name__)
        return TransientError(f"internal error ({type(error).__name__})")
    return None


@transaction.atomic
def _record(batch: Batch, error: Exception | None) -> None:
    """Write what came of it, to those rows that are still this lease's."""
    rows = Delivery.objects.filter(
        pk__in=batch.ids, state=Delivery.State.WAITING, lease_until=batch.until
    )
    now = timezone.now()
    if error is None:
        rows.update(state=Delivery.State.SENT, ended_at=now, lease_until=None, error="")
    elif isinstance(error, LookupError):
        rows.update(state=Delivery.State.DROPPED, ended_at=now, lease_until=None)
    elif isinstance(error, PermanentError) or batch.attempts >= MOST_ATTEMPTS:
        text = str(error)[:100]
        rows.update(state=Delivery.State.FAILED, ended_at=now, lease_until=None, error=text)
    else:
        delay = min(FIRST_DELAY * 2 ** (batch.attempts - 1), LONGEST_DELAY)
        rows.update(due_at=now + delay, lease_until=None, error=str(error)[:100])
