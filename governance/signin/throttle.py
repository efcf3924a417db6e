"""Failed passwords and codes are counted in PostgreSQL: a flushed cache opens nothing.

An attempt is counted as failed before its password is looked at and taken back when it was right,
so that a thousand attempts at once are not a thousand guesses for the price of one.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from governance.errors import InvalidInput
from governance.ledger import operations as ledger
from governance.roles.models import User
from governance.signin.limits import LIMITS, in_words
from governance.signin.models import SignInCount

SYSTEM = "system:signin"
_Scope = SignInCount.Scope
OF_PASSWORDS = (_Scope.PAIR, _Scope.NAME, _Scope.DEVICE)  # of one person
_OF_ADDRESSES = (_Scope.ADDRESS, _Scope.RESET_FROM)  # of no one person
Key = tuple[str, bytes]


class Throttled(InvalidInput):
    """Too many failures; `seconds` until the next attempt is looked at (HTTP 429)."""

    code = "throttled"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many attempts failed. Try again in {in_words(seconds)}.")
        self.seconds = seconds

    @property
    def asked_too_often(self) -> str:
        """The same about requests, which do not fail."""
        return f"That was asked for too often. Try again in {in_words(self.seconds)}."


@dataclass(slots=True)
class Attempt:
    """An attempt that was let in, and the waits that it brings about if it fails."""

    keys: list[Key]
    person: User | None
    waits: dict[Key, int] = field(default_factory=dict)


def digest(*parts: str) -> bytes:
    """A keyed digest; parts are kept apart."""
    joined = "\0".join(parts)
    return salted_hmac("countersign.signin", joined, algorithm="sha256").digest()


def name_digest(name: str) -> bytes:
    """Of a user name, however it was written."""
    return digest("name", _plain(name))


def mail_digest(mail: str) -> bytes:
    """Of a mail address, however it was written."""
    return digest("mail", _plain(mail))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def network(address: str) -> str:
    """Who an address is counted as: an IPv6 customer has a /64 to choose addresses from."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def admit_password(*, name: str, address: str, device: str = "") -> Attempt:
    """Let an attempt with a password in. device: what a browser in which this name signed in before
    keeps; its attempts are counted by themselves, so that no stranger's failures lock it out.

    Raises Throttled.
    """
    about = name_digest(name)
    where = network(address)
    if device:
        keys: list[Key] = [(_Scope.DEVICE.value, digest("device", about.hex(), device))]
    else:
        keys = [
            (_Scope.ADDRESS.value, digest("address", where)),
            (_Scope.NAME.value, about),
            (_Scope.PAIR.value, digest("pair", about.hex(), where)),
        ]
    person = User.objects.filter(username=name).first()
    return _admit(keys, about, person)


def admit_code(person: User) -> Attempt:
    """Let an attempt in at what a person is asked for after the first step. Raises Throttled."""
    about = name_digest(person.username)
    return _admit([(_Scope.CODE.value, digest("code", str(person.pk)))], about, person)


def admit_reset(*, mail: str, address: str) -> Attempt:
    """Let a request for a new password in; each one counts, whosever the mail address is. Nobody
    is looked up. Raises Throttled."""
    about = mail_digest(mail)
    keys = [
        (_Scope.RESET_FROM.value, digest("address", network(address))),
        (_Scope.RESET.value, about),
    ]
    return _admit(keys, about, None)


@transaction.atomic
def _admit(keys: list[Key], about: bytes, person: User | None) -> Attempt:
    now = timezone.now()
    rows = _locked(keys, about, now)
    waits = [row.blocked_until - now for row in rows.values() if row.blocked_until]
    longest = max(waits, default=timedelta(0))
    if longest > timedelta(0):
        raise Throttled(ceil(longest.total_seconds()))
    attempt = Attempt(keys, person)
    for key, row in rows.items():
        limit = LIMITS[row.scope]
        if row.last_at <= now - timedelta(seconds=limit.forget_seconds):
            row.failures = 0
        row.failures, row.last_at = row.failures + 1, now
        seconds = limit.wait_seconds(row.failures)
        row.blocked_until = now + timedelta(seconds=seconds) if seconds else None
        row.save(update_fields=["failures", "last_at", "blocked_until"])
        if seconds:
            attempt.waits[key] = seconds
    return attempt


def _locked(keys: list[Key], about: bytes, now: datetime) -> Mapping[Key, SignInCount]:
    """The rows of these keys, made where there are none, locked in the order of the keys."""
    rows: dict[Key, SignInCount] = {}
    for scope, value in sorted(keys):
        row = None
        while row is None:  # lifted between the two statements, it is made again
            SignInCount.objects.bulk_create(
                [
                    SignInCount(
                        scope=scope,
                        digest=value,
                        about=None if scope in _OF_ADDRESSES else about,
                        last_at=now,
                    )
                ],
                ignore_conflicts=True,
            )
            found = SignInCount.objects.select_for_update().filter(scope=scope, digest=value)
            row = found.first()
        rows[scope, value] = row
    return rows


@transaction.atomic
def failed(attempt: Attempt) -> None:
    """It was wrong: record the waits that begin. Names that nobody has leave no entry."""
    for (scope, value), seconds in attempt.waits.items():
        if scope in _OF_ADDRESSES:
            data: dict[str, object] = {"address": value.hex()[:16]}
        elif attempt.person is not None:
            data = {"user": str(attempt.person.pk)}
        else:
            continue
        ledger.append(
            "signin.throttled", actor=SYSTEM, data={**data, "scope": scope, "seconds": seconds}
        )


@transaction.atomic
def succeeded(attempt: Attempt) -> None:
    """It was right: the failures of this person here are over, those of others still count."""
    for scope, value in sorted(attempt.keys):
        row = SignInCount.objects.select_for_update().filter(scope=scope, digest=value).first()
        if row is None:
            continue
        is_shared = scope in (_Scope.NAME, _Scope.ADDRESS)
        row.failures = max(0, row.failures - 1) if is_shared else 0
        row.blocked_until = None
        row.save(update_fields=["failures", "blocked_until"])


@transaction.atomic
def lift(
    *,
    person: User,
    actor: str,
    data: Mapping[str, object] | None = None,
    scopes: Collection[str] = tuple(_Scope),
) -> int:
    """Forget a person's failures everywhere; how many counts there were."""
    gone, _ = _about(person).filter(scope__in=scopes).delete()
    if gone:
        said = {"user": str(person.pk), **(data or {})}
        ledger.append("signin.lifted", actor=actor, data=said)
    return gone


@transaction.atomic
def lift_address(*, address: str, actor: str) -> bool:
    """Forget the failures of an address; whether there were any."""
    value = digest("address", network(address))
    gone, _ = SignInCount.objects.filter(scope__in=_OF_ADDRESSES, digest=value).delete()
    if gone:
        ledger.append("signin.lifted", actor=actor, data={"address": value.hex()[:16]})
    return bool(gone)


def blocked_until(person: User) -> datetime | None:
    """Until when this person has to wait somewhere, at most; None for not at all."""
    rows = _about(person).filter(blocked_until__gt=timezone.now())
    return max((row.blocked_until for row in rows if row.blocked_until), default=None)


def _about(person: User) -> QuerySet[SignInCount]:
    """What was counted for a person: by their user name, and by their mail address."""
    digests = [name_digest(person.username)]
    if person.email:
        digests.append(mail_digest(person.email))
    return SignInCount.objects.filter(about__in=digests)


def forget_old() -> int:
    """Delete counts that would start anew; how many."""
    now = timezone.now()
    old = Q()
    for scope, limit in LIMITS.items():
        old |= Q(scope=scope, last_at__lte=now - timedelta(seconds=limit.forget_seconds))
    gone, _ = SignInCount.objects.filter(old).delete()
    return gone
