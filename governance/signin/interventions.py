"""What an officer, or a command on the server, does to somebody else's sign-in: with a reason."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.errors import Conflict, InvalidInput, NotAllowed
from governance.roles.models import User
from governance.roles.operations import person_of
from governance.signin import factors, sessions, throttle
from governance.signin.models import Intervention

MAX_REASON = 500
_Kind = Intervention.Kind


@transaction.atomic
def end_sessions(*, user: User, actor: str, reason: str, session_id: UUID | None = None) -> int:
    """End one session of a person, or all; how many. Raises Conflict where none is open."""
    said = _note(user, _Kind.SESSIONS_ENDED, actor, reason)
    if session_id is not None:
        sessions.end(user=user, session_id=session_id, actor=actor, data=said)
        return 1
    ended = sessions.end_all(user=user, actor=actor, data=said)
    if not ended:
        raise Conflict("This person has no session open.")
    return ended


@transaction.atomic
def reset_factor(*, user: User, actor: str, reason: str) -> None:
    """Take away all second factors and end all sessions: for who lost their phone or key.

    Raises Conflict where there is none.
    """
    said = _note(user, _Kind.FACTOR_RESET, actor, reason)
    if not factors.remove_all(user=user, actor=actor, data=said):
        raise Conflict("This person has no second factor.")
    sessions.end_all(user=user, actor=actor, data=said)


@transaction.atomic
def lift_wait(*, user: User, actor: str, reason: str) -> None:
    """Let a person try again at once. Raises Conflict where nothing was counted."""
    said = _note(user, _Kind.WAIT_LIFTED, actor, reason)
    if not throttle.lift(person=user, actor=actor, data=said):
        raise Conflict("Nothing keeps this person waiting.")


def _note(user: User, kind: Intervention.Kind, actor: str, reason: str) -> dict[str, object]:
    """Keep the reason; what the ledger says of it."""
    reason = reason.strip()
    if actor == f"user:{user.pk}":
        raise NotAllowed("Somebody else does this for you.")
    if not 0 < len(reason) <= MAX_REASON:
        raise InvalidInput("Say why.", {"reason": f"1 to {MAX_REASON} characters."})
    made = Intervention.objects.create(
        user=user, kind=kind, reason=reason, actor_id=person_of(actor), at=timezone.now()
    )
    digest = hashlib.sha256(reason.encode()).hexdigest()
    return {"intervention": str(made.pk), "reason_sha256": digest}
