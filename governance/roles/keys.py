"""Producers and API keys: made, rotated, revoked; each leaves an entry in the ledger."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.contracts.models import Process
from governance.errors import Conflict, InvalidInput
from governance.ledger import operations as ledger
from governance.roles.models import ApiKey, Producer, User
from governance.roles.operations import person_of
from governance.roles.scopes import OF_PEOPLE, OF_PRODUCERS

KEY_PREFIX = "csk_"
MAX_NAME = 100  # characters of a producer's name
MAX_REASON = 500
MAX_OVERLAP = timedelta(days=7)  # how long a rotated key may work beside the new one
ENDS_SOON = timedelta(days=7)  # a key or a grant that ends within this is told of
IDLE = timedelta(days=90)  # a key not used for this long is probably not needed


@transaction.atomic
def make_producer(*, name: str, process: str, actor: str) -> Producer:
    """The producer of this name, made if there is none; one name is one system everywhere.

    process: where it was asked for. Raises InvalidInput for a name that is none.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise InvalidInput(f"A producer's name has 1 to {MAX_NAME} characters.")
    producer, is_new = Producer.objects.get_or_create(name=name)
    if is_new:
        data = {"producer": str(producer.pk)}
        ledger.append("producer.made", process=process, actor=actor, data=data)
    return producer


@transaction.atomic
def issue_key(
    *,
    actor: str,
    scopes: Sequence[str],
    producer: Producer | None = None,
    process: Process | None = None,
    user: User | None = None,
    expires_at: datetime | None = None,
    reason: str = "",
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is shown once and kept only as a hash.

    Either a producer with its process, or a person (whose own rights then apply, within the
    scopes). Raises InvalidInput for scopes that are none or another's, and where a key is to read
    personal values for no reason.
    """
    _require_fitting(scopes, of=OF_PRODUCERS if user is None else OF_PEOPLE, reason=reason)
    prefix = KEY_PREFIX + secrets.token_hex(4)
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        producer=producer,
        process=process,
        user=user,
        scopes=list(scopes),
        reason=reason,
        prefix=prefix,
        secret_sha256=hashlib.sha256(secret.encode()).digest(),
        issued_by_id=person_of(actor),
        expires_at=expires_at,
    )
    data: dict[str, object] = {"key": prefix, "scopes": list(scopes)}
    data.update({"producer": str(producer.pk)} if producer else {"user": str(key.user_id)})
    if expires_at is not None:
        data["until"] = expires_at.isoformat()
    slug = process.slug if process else None
    ledger.append("api_key.issued", process=slug, actor=actor, data=data)
    return key, secret


def _require_fitting(scopes: Sequence[str], *, of: Sequence[str], reason: str) -> None:
    if not scopes:
        raise InvalidInput("Choose what the key is for.")
    if len(set(scopes)) != len(scopes) or not set(scopes) <= {str(one) for one in of}:
        raise InvalidInput("A key cannot have these scopes.")
    if len(reason) > MAX_REASON:
        raise InvalidInput(f"A reason has at most {MAX_REASON} characters.")
    if ApiKey.Scope.PERSONAL in scopes and not reason:
        raise InvalidInput("Say why the key is to read personal values.")


@transaction.atomic
def rotate_key(*, key_id: UUID, overlap: timedelta, actor: str) -> tuple[ApiKey, str]:
    """A new key like this one, and its secret; the old one goes on for `overlap` at most.

    Raises InvalidInput for an overlap below nothing or above seven days, and Conflict where the
    old key is revoked or expired.
    """
    if not timedelta(0) <= overlap <= MAX_OVERLAP:
        raise InvalidInput("The old key may go on for at most seven days.")
    now = timezone.now()
    old = ApiKey.objects.select_for_update(of=("self",)).get(pk=key_id)
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
        raise Conflict("This key has ended; make a new one.")
    lifetime = old.expires_at - old.created_at if old.expires_at is not None else None
    new, secret = issue_key(
        actor=actor,
        scopes=old.scopes,
        producer=old.producer,
        process=old.process,
        user=old.user,
        reason=old.reason,
        expires_at=now + lifetime if lifetime is not None else None,
    )
    ends_at = now + overlap
    old.expires_at = min(old.expires_at, ends_at) if old.expires_at is not None else ends_at
    old.save(update_fields=["expires_at"])
    ledger.append(
        "api_key.rotated",
        process=old.process_id,
        actor=actor,
        data={"key": old.prefix, "by": new.prefix, "ends_at": old.expires_at.isoformat()},
    )
    return new, secret


@transaction.atomic
def revoke_key(*, key_id: UUID, actor: str) -> None:
    """Stop a key for good. Raises Conflict if it already was revoked."""
    changed = ApiKey.objects.filter(pk=key_id, revoked_at__isnull=True).update(
        revoked_at=timezone.now()
    )
    if not changed:
        raise Conflict("This key was already revoked.")
    key = ApiKey.objects.get(pk=key_id)
    ledger.append("api_key.revoked", process=key.process_id, actor=actor, data={"key": key.prefix})
