"""Secrets of second factors at rest: wrapped by the master key for one person and one kind of
factor, so that what was put into another's row does not open."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from governance.privacy.keyring import master_keys
from integrations.encryption import Unreadable

FIELDS = ("secret", "seed")  # of an app, of recovery codes


def _context(user_id: UUID, kind: str) -> tuple[str, ...]:
    return "second_factor", str(user_id), kind


def ready(kept: Iterable[tuple[UUID, str, Mapping[str, Any]]]) -> None:
    """Have the key service open and seal once, before a transaction begins that will need it.

    kept: person, kind and data of what lies there. What does not open is left to who uses it.
    """
    for user_id, kind, data in kept:
        for field in FIELDS:
            if data.get(field):
                opens(data[field], user_id, kind)


def sealed(text: str, user_id: UUID, kind: str) -> str:
    """Unreadable without the master key. Raises integrations.encryption.KeyUnusable."""
    wrapped = master_keys().wrap(text.encode(), context=_context(user_id, kind))
    return base64.b64encode(wrapped).decode()


def opened(text: str, user_id: UUID, kind: str) -> str:
    """What `sealed` was given for this person and kind. Raises KeyUnknown, or Unreadable where it
    was sealed for another."""
    return master_keys().unwrap(_bytes(text), context=_context(user_id, kind)).decode()


def opens(text: str, user_id: UUID, kind: str) -> bool:
    """Whether it was sealed for this person and kind. Raises KeyUnknown."""
    try:
        opened(text, user_id, kind)
    except Unreadable:
        return False
    return True


def resealed(text: str, user_id: UUID, kind: str) -> str:
    """The same under the master key in use; as it is where that one sealed it already.

    Raises KeyUnknown or Unreadable.
    """
    keys, content = master_keys(), _bytes(text)
    if not keys.needs_rewrap(content):
        return text
    return base64.b64encode(keys.rewrap(content, context=_context(user_id, kind))).decode()


def key_of(text: str) -> str:
    """The id of the master key that sealed it."""
    return master_keys().key_id_of(_bytes(text))


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError):
        raise Unreadable("This is not a sealed secret.") from None
