"""The sessions a person has open: begun by signing in, ended by anybody who may."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from importlib import import_module
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from governance.errors import Conflict
from governance.ledger import operations as ledger
from governance.roles.models import User
from governance.signin.browsers import browser, masked
from governance.signin.models import PersonSession

KEY = "person_session"  # where a session names its row
SEEN_STEP = timedelta(minutes=10)  # how exact seen_at is: not a write with each request
GRACE = timedelta(hours=1)  # a row may be a moment older than the session it is about


@transaction.atomic
def begin(
    *, user: User, session_key: str, method: str, agent: str = "", address: str = ""
) -> PersonSession:
    """Note a session that starts; one that signs in anew under the same key is noted anew."""
    now = timezone.now()
    PersonSession.objects.filter(session_key=session_key).delete()
    return PersonSession.objects.create(
        user=user,
        session_key=session_key,
        method=method[:40],
        browser=browser(agent)[:60],
        address=masked(address)[:50],
        started_at=now,
        seen_at=now,
    )


def move(*, session_id: str, session_key: str) -> None:
    """The session goes on under another key, as it does when its password changes."""
    PersonSession.objects.filter(pk=session_id).update(session_key=session_key)


def is_live(user: User, session_id: object) -> bool:
    """Whether a session is still open, by what was read with the person."""
    return user.loaded_sessions is not None and session_id in user.loaded_sessions


def see(user: User, session_id: str) -> None:
    """Note that a session was used, at most once in ten minutes."""
    seen_at = (user.loaded_sessions or {}).get(session_id)
    now = timezone.now()
    if seen_at is not None and seen_at <= now - SEEN_STEP:
        PersonSession.objects.filter(pk=session_id, seen_at__lte=now - SEEN_STEP).update(
            seen_at=now
        )


@transaction.atomic
def sign_out(*, session_id: str) -> None:
    """The person ends the session that they are in."""
    found = PersonSession.objects.select_related("user").filter(pk=session_id)
    for one in found:
        _end([one], actor=f"user:{one.user_id}", data={"why": "signed out"})


@transaction.atomic
def end(
    *, user: User, session_id: UUID, actor: str, data: Mapping[str, object] | None = None
) -> None:
    """End one session of a person. Raises Conflict where it is over."""
    found = list(PersonSession.objects.select_for_update().filter(user=user, pk=session_id))
    if not found:
        raise Conflict("This session is over already.")
    _end(found, actor=actor, data=data or {})


@transaction.atomic
def end_all(
    *,
    user: User,
    actor: str,
    data: Mapping[str, object] | None = None,
    but: UUID | str | None = None,
) -> int:
    """End all sessions of a person, but the one they are in; how many."""
    found = PersonSession.objects.select_for_update().filter(user=user)
    ended = list(found.exclude(pk=but) if but else found)
    _end(ended, actor=actor, data=data or {})
    return len(ended)


def _end(ended: Iterable[PersonSession], *, actor: str, data: Mapping[str, object]) -> None:
    ended = list(ended)
    keys = [one.session_key for one in ended]
    PersonSession.objects.filter(pk__in=[one.pk for one in ended]).delete()
    Session.objects.filter(session_key__in=keys).delete()
    transaction.on_commit(lambda: _drop_copies(keys))
    for one in ended:
        said = {"user": str(one.user_id), "session": str(one.pk), **data}
        ledger.append("session.ended", actor=actor, data=said)


def _drop_copies(keys: list[str]) -> None:
    """A cache that is away keeps its copy, which is why `is_live` never asks it."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for key in keys:
        store(key).delete(key)


def open_sessions(user: User) -> list[PersonSession]:
    """Those that are open, the one used last first."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    found = PersonSession.objects.filter(user=user, session_key__in=alive)
    return list(found.order_by("-seen_at", "-started_at"))


def sweep(now: datetime | None = None) -> int:
    """Forget sessions that ran out; how many."""
    now = now or timezone.now()
    Session.objects.filter(expire_date__lte=now).delete()
    alive = Session.objects.values("session_key")
    old = PersonSession.objects.filter(started_at__lte=now - GRACE)
    gone, _ = old.exclude(session_key__in=alive).delete()
    return gone
