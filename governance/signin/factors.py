"""Second factors: an app's codes, passkeys, and recovery codes for when neither is at hand.

They lie in allauth's table; this module is the only one that changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import structlog
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from governance.errors import Conflict, InvalidInput
from governance.ledger import operations as ledger
from governance.roles.models import User
from governance.roles.roles import Role
from governance.signin import recovery, secrets, sessions
from integrations.encryption import Unreadable

_log = structlog.get_logger(__name__)
_Type = Authenticator.Type
FACTORS = (_Type.TOTP, _Type.WEBAUTHN)
MAX_PASSKEYS = 10
MAX_NAME = 60


P = ParamSpec("P")
T = TypeVar("T")


def _prepared(verb: Callable[P, T]) -> Callable[P, T]:
    """A verb in a transaction of its own, which waits for no key service: the person's secrets are
    opened once before, and a service keeps what it was asked for."""

    @wraps(verb)
    def prepared(*args: P.args, **given: P.kwargs) -> T:
        user = cast(User, given["user"])
        secrets.sealed("", user.pk, "ready")
        rows = Authenticator.objects.filter(user=user)
        secrets.ready(rows.values_list("user_id", "type", "data"))
        with transaction.atomic():
            return verb(*args, **given)

    return prepared


def required_roles() -> frozenset[Role]:
    """What REQUIRE_SECOND_FACTOR_FOR says. Raises ImproperlyConfigured for what is no role."""
    try:
        return frozenset(Role(name) for name in settings.REQUIRE_SECOND_FACTOR_FOR)
    except ValueError as error:
        raise ImproperlyConfigured(f"REQUIRE_SECOND_FACTOR_FOR: {error}.") from None


def has_factor(user: User) -> bool:
    """Whether a person has set one up, asked of the database."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def is_missing(user: User) -> bool:
    """Whether a person holds a role that needs a second factor and has none.

    By what was read with the person where it was, and no statement where nothing is required.
    """
    required = required_roles()
    if not required:
        return False
    held = user.loaded_roles
    if held is None:
        names = user.groups.filter(name__contains="@").values_list("name", flat=True)
        held = frozenset(name.partition("@")[0] for name in names)
    if not required & held:
        return False
    has_one = user.loaded_factor
    return not (has_factor(user) if has_one is None else has_one)


def of(user: User) -> list[Authenticator]:
    """What a person signs in with beside the password, in the order it was added."""
    return list(Authenticator.objects.filter(user=user, type__in=FACTORS).order_by("created_at"))


def codes_left(user: User) -> int | None:
    """How many recovery codes are unused; None where there are none at all."""
    found = _codes(user).first()
    return None if found is None else recovery.left(found.data["used_mask"])


@_prepared
def add_totp(*, user: User, secret: str, code: str, session_id: str | None) -> list[str]:
    """Add an app that makes codes, once it made a right one; new recovery codes, if these are the
    first. Raises InvalidInput for a wrong code, Conflict where there is an app already."""
    _lock(user)
    counter = _counter(secret, code)
    if counter is None:
        raise InvalidInput("That code is not right. Take the one that the app shows now.")
    try:
        with transaction.atomic():
            added = Authenticator.objects.create(
                user=user,
                type=_Type.TOTP,
                # The code that was typed is used up.
                data={
                    "secret": secrets.sealed(secret, user.pk, _Type.TOTP),
                    "last_counter": counter,
                },
            )
    except IntegrityError:
        raise Conflict("An app is set up already; remove it first.") from None
    return _added(user, added, session_id)


@_prepared
def add_passkey(
    *, user: User, name: str, credential: Mapping[str, Any], session_id: str | None
) -> list[str]:
    """Add a passkey whose answer was checked; new recovery codes, if there are none."""
    _lock(user)
    name = name.strip()[:MAX_NAME] or "Passkey"
    if Authenticator.objects.filter(user=user, type=_Type.WEBAUTHN).count() >= MAX_PASSKEYS:
        raise Conflict(f"{MAX_PASSKEYS} passkeys are the most; remove one first.")
    added = Authenticator.objects.create(
        user=user, type=_Type.WEBAUTHN, data={"name": name, "credential": dict(credential)}
    )
    return _added(user, added, session_id)


def _added(user: User, added: Authenticator, session_id: str | None) -> list[str]:
    _record("second_factor.added", user, f"user:{user.pk}", {"type": added.type})
    if Authenticator.objects.filter(user=user, type__in=FACTORS).count() == 1:
        # Sessions that were opened without it do not go on without it.
        sessions.end_all(user=user, actor=f"user:{user.pk}", but=session_id)
    return [] if _codes(user).exists() else _new_codes(user)


@_prepared
def renew_codes(*, user: User) -> list[str]:
    """New recovery codes; the old ones stop. Raises Conflict without a factor they stand in for."""
    _lock(user)
    if not has_factor(user):
        raise Conflict("Set up an app or a passkey first.")
    return _new_codes(user)


@transaction.atomic
def remove(*, user: User, factor_id: int) -> None:
    """Take one of one's own away; recovery codes go with the last. Raises Conflict if it is gone,
    or if it is the last one and a role needs one."""
    _lock(user)
    found = Authenticator.objects.filter(user=user, type__in=FACTORS, pk=factor_id).first()
    if found is None:
        raise Conflict("It is gone already.")
    kind = found.type
    found.delete()
    fresh = User.objects.get(pk=user.pk)
    if is_missing(fresh):
        raise Conflict("Your role needs a second factor. Add another before you remove this one.")
    _record("second_factor.removed", user, f"user:{user.pk}", {"type": kind})
    if not has_factor(user):
        _codes(user).delete()


@transaction.atomic
def remove_all(*, user: User, actor: str, data: Mapping[str, object]) -> bool:
    """Take all of a person's away, recovery codes too; whether there was any."""
    _lock(user)
    kinds = sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    Authenticator.objects.filter(user=user).delete()
    if kinds:
        _record("second_factor.reset", user, actor, {"types": kinds, **data})
    return bool(kinds)


@_prepared
def accept_code(*, user: User, code: str) -> Authenticator | None:
    """What a typed code belongs to: the app's code or a recovery code, each good for once.

    A secret that was sealed for somebody else accepts none.
    """
    code = "".join(code.split())
    locked = Authenticator.objects.select_for_update()
    app = locked.filter(user=user, type=_Type.TOTP).first()
    if app is not None:
        secret = _opened(app, "secret")
        counter = None if secret is None else _counter(secret, code)
        if counter is not None and counter > app.data.get("last_counter", 0):
            app.data["last_counter"], app.last_used_at = counter, timezone.now()
            app.save(update_fields=["data", "last_used_at"])
            return app
    spare = locked.filter(user=user, type=_Type.RECOVERY_CODES).first()
    if spare is not None:
        seed, used = _opened(spare, "seed"), spare.data["used_mask"]
        at = None if seed is None else recovery.find(seed, code, used)
        if at is not None:
            spare.data["used_mask"], spare.last_used_at = used | 1 << at, timezone.now()
            spare.save(update_fields=["data", "last_used_at"])
            left = recovery.left(spare.data["used_mask"])
            _record("second_factor.code_used", user, f"user:{user.pk}", {"left": left})
            return spare
    return None


def _opened(factor: Authenticator, field: str) -> str | None:
    """The secret of a factor; None, with a line in the log, where it is not this person's."""
    try:
        return secrets.opened(factor.data[field], factor.user_id, factor.type)
    except Unreadable:
        _log.error("second_factor_unreadable", user=str(factor.user_id), type=factor.type)
        return None


def _counter(secret: str, code: str) -> int | None:
    """The time step that a code belongs to: this one, the last or the next, as clocks differ."""
    for counter in totp.yield_hotp_counters_from_time():
        expected = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if totp.compare_user_code(actual=code, expected=expected):
            return counter
    return None


def _codes(user: User) -> QuerySet[Authenticator]:
    return Authenticator.objects.filter(user=user, type=_Type.RECOVERY_CODES)


def _new_codes(user: User) -> list[str]:
    _codes(user).delete()
    seed, kind = recovery.new_seed(), _Type.RECOVERY_CODES
    data = {"seed": secrets.sealed(seed, user.pk, kind), "used_mask": 0}
    Authenticator.objects.create(user=user, type=kind, data=data)
    made = recovery.codes_of(seed)
    _record("second_factor.codes_made", user, f"user:{user.pk}", {"codes": len(made)})
    return made


def _lock(user: User) -> None:
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _record(kind: str, user: User, actor: str, data: Mapping[str, object]) -> None:
    ledger.append(kind, actor=actor, data={"user": str(user.pk), **data})
