"""Changing one's password, by the old one or by a link that came by mail."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.ledger import operations as ledger
from governance.roles.models import User
from governance.signin import resetting, sessions, throttle
from governance.signin.models import SignInMail


@transaction.atomic
def change(*, user: User, new: str, but: str | None) -> None:
    """A new password, which the caller has checked; all sessions end but the one named."""
    _set(user, new, but=but, data={})


@transaction.atomic
def reset(*, user_id: UUID, token: str, new: str) -> User:
    """A new password, which the caller has checked, for whoever has the link; all sessions end.

    Second factors stay, and so do the failed codes that were counted; failed passwords are
    forgotten, as they were about the old one. Raises resetting.LinkOver.
    """
    user = resetting.holder(user_id, token, lock=True)
    _set(user, new, but=None, data={"by": "mail"})
    throttle.lift(
        person=user,
        actor=f"user:{user.pk}",
        data={"why": "new password"},
        scopes=throttle.OF_PASSWORDS,
    )
    return user


def _set(user: User, new: str, *, but: str | None, data: Mapping[str, object]) -> None:
    user.set_password(new)
    user.save(update_fields=["password"])
    actor = f"user:{user.pk}"
    record(user=user, actor=actor, data=data)
    sessions.end_all(user=user, actor=actor, but=but)


@transaction.atomic
def record(*, user: User, actor: str, data: Mapping[str, object]) -> None:
    """Note that a password was changed, and have its person told."""
    ledger.append("password.changed", actor=actor, data={"user": str(user.pk), **data})
    now = timezone.now()
    SignInMail.objects.create(user=user, kind=SignInMail.Kind.CHANGED, asked_at=now, due_at=now)
