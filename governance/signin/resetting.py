"""A new password by mail: asked for, looked up, and the token that the link carries.

The request writes the same rows whether or not the address is anybody's. A token is made when its
mail is sent, of the person's password, address and last sign-in, so that it ends with any of them
and lies nowhere.
"""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.utils import timezone

from governance.errors import Conflict
from governance.ledger import operations as ledger
from governance.roles.models import User
from governance.signin import throttle
from governance.signin.models import ResetRequest, SignInMail

BATCH = 500  # requests that are looked up together


class LinkOver(Conflict):
    """The link was used, is too old, or never was one."""

    code = "link_over"


class _Tokens(PasswordResetTokenGenerator):
    key_salt = "countersign.password_reset"


_tokens = _Tokens()


def lasts() -> timedelta:
    """How long a link works."""
    return timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)


@transaction.atomic
def ask(*, mail: str, address: str) -> None:
    """Note that somebody at this address of the network asked by this mail address.

    Raises throttle.Throttled.
    """
    throttle.failed(throttle.admit_reset(mail=mail, address=address))
    ResetRequest.objects.create(digest=throttle.mail_digest(mail), asked_at=timezone.now())


@transaction.atomic
def answer() -> int:
    """Look up whom the requests concern, record them, and have the links mailed; how many requests
    there were. Everybody's address is read once, as only digests were kept."""
    asked = list(ResetRequest.objects.select_for_update(skip_locked=True).order_by("pk")[:BATCH])
    if not asked:
        return 0
    times = Counter(bytes(one.digest) for one in asked)
    first_at = {bytes(one.digest): one.asked_at for one in reversed(asked)}
    people = User.objects.exclude(email="").order_by("pk")
    for pk, mail in people.values_list("pk", "email").iterator():
        digest = throttle.mail_digest(mail)
        if digest in times:
            _answer(User.objects.get(pk=pk), times[digest], first_at[digest])
    ResetRequest.objects.filter(pk__in=[one.pk for one in asked]).delete()
    return len(asked)


def _answer(person: User, times: int, asked_at: datetime) -> None:
    is_mailed = may_reset(person)
    for _ in range(times):
        ledger.append(
            "password.reset_asked",
            actor=throttle.SYSTEM,
            data={"user": str(person.pk), "mailed": is_mailed},
        )
    if is_mailed:
        mail = SignInMail(
            user=person, kind=SignInMail.Kind.RESET, asked_at=asked_at, due_at=timezone.now()
        )
        SignInMail.objects.bulk_create([mail], ignore_conflicts=True)  # one is on its way


def may_reset(person: User) -> bool:
    """Whether a new password would let them in: not who is deactivated, nor who never had one and
    comes in by the provider."""
    return person.is_active and person.has_usable_password()


def token_for(person: User) -> str:
    return _tokens.make_token(person)


def holder(user_id: UUID, token: str, *, lock: bool = False) -> User:
    """Whose link it is, while it works; with lock, so that nobody uses it at the same time.

    Raises LinkOver.
    """
    people = User.objects.select_for_update(no_key=True) if lock else User.objects.all()
    person = people.filter(pk=user_id).first()
    if person is None or not may_reset(person) or not _tokens.check_token(person, token):
        raise LinkOver("This link works no more.")
    return person
