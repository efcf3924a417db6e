"""Changing one's password."""

from django.db import transaction

from governance.ledger import operations as ledger
from governance.roles.models import User
from governance.signin import sessions


@transaction.atomic
def change(*, user: User, new: str, but: str | None) -> None:
    """A new password, which the caller has checked; all sessions end but the one named."""
    user.set_password(new)
    user.save(update_fields=["password"])
    actor = f"user:{user.pk}"
    ledger.append("password.changed", actor=actor, data={"user": str(user.pk)})
    sessions.end_all(user=user, actor=actor, but=but)
