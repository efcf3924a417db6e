"""Mails about passwords: what they say, and sending what is due.

Leased in one short transaction, sent outside any. They go at once whatever a person chose to be
told, name nobody, and their links begin with PUBLIC_URL: never with a host that a request claims.
"""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from governance.models import SignInMail, User
from governance.signin import resetting
from integrations.errors import PermanentError
from integrations.notifications.email import send_email
from integrations.notifications.message import Line, Message

LEASE = timedelta(seconds=60)
FIRST_DELAY = timedelta(seconds=30)
MOST_ATTEMPTS = 8
_Kind = SignInMail.Kind
_log = structlog.get_logger(__name__)


def can_reset() -> bool:
    """Whether a forgotten password can be replaced by mail here."""
    return bool(settings.PASSWORD_SIGN_IN and settings.NOTICES_BY_EMAIL)


def send_due(*, seconds: float = 20.0) -> int:
    """Send what is due, for at most about so many seconds; how many mails were tried."""
    until, tried = time.monotonic() + seconds, 0
    while time.monotonic() < until and (mail := _lease()) is not None:
        tried += 1
        _send(mail)
    return tried


@transaction.atomic
def _lease() -> SignInMail | None:
    now = timezone.now()
    due = SignInMail.objects.select_for_update(skip_locked=True).filter(due_at__lte=now)
    mail = due.order_by("due_at").first()
    if mail is not None:
        mail.attempts, mail.due_at = mail.attempts + 1, now + LEASE
        mail.save(update_fields=["attempts", "due_at"])
    return mail


def _send(mail: SignInMail) -> None:
    """Send it and let its row go; put it off where that may help."""
    mine = SignInMail.objects.filter(pk=mail.pk, due_at=mail.due_at)
    message = _message(mail, User.objects.get(pk=mail.user_id))
    if message is None:
        mine.delete()
        return
    said, to = message
    try:
        send_email(said, to=to, sender=settings.DEFAULT_FROM_EMAIL)
    except Exception as error:
        is_over = isinstance(error, PermanentError) or mail.attempts >= MOST_ATTEMPTS
        # By its kind alone: words that are not ours may name the address.
        told = {"user": str(mail.user_id), "kind": mail.kind, "error": type(error).__name__}
        _log.error("signin_mail_failed", attempts=mail.attempts, is_over=is_over, **told)
        if not is_over:
            delay = FIRST_DELAY * 2 ** (mail.attempts - 1)
            mine.update(due_at=timezone.now() + delay)
            return
    mine.delete()


def _message(mail: SignInMail, person: User) -> tuple[Message, str] | None:
    """What is mailed and to whom; None where that makes no sense any more."""
    if not (settings.NOTICES_BY_EMAIL and person.email and person.is_active):
        return None
    if mail.kind == _Kind.CHANGED:
        return _changed(mail), person.email
    if not (can_reset() and resetting.may_reset(person)):
        return None
    if mail.asked_at <= timezone.now() - resetting.lasts():
        return None  # nobody waits for it any more
    return _link(mail, person.pk, resetting.token_for(person)), person.email


def _link(mail: SignInMail, person_id: UUID, token: str) -> Message:
    minutes = int(resetting.lasts().total_seconds() // 60)
    return Message(
        id=f"password-{mail.pk}",
        subject="Countersign: a new password",
        lines=[
            Line(
                f"Somebody asked for a new password for you. Choose one here within {minutes} "
                "minutes; the link works once:",
                _absolute(reverse("password-link", args=[person_id, token])),
            ),
            Line("If it was not you, you need do nothing: your password stays as it is."),
        ],
    )


def _changed(mail: SignInMail) -> Message:
    lines = [
        Line(
            f"Your password was changed on {mail.asked_at.day} {mail.asked_at:%B %Y at %H:%M} UTC, "
            "and your other sessions were ended."
        )
    ]
    if can_reset():
        again = _absolute(reverse("password-forgotten"))
        lines.append(Line("If it was not you, choose another one at once:", again))
    lines.append(Line("If it was not you, tell an administrator as well."))
    return Message(
        id=f"password-{mail.pk}", subject="Countersign: your password was changed", lines=lines
    )


def _absolute(path: str) -> str:
    return str(settings.PUBLIC_URL).rstrip("/") + path
