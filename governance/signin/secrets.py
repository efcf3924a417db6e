"""Secrets of second factors at rest: wrapped by the master key, as data keys of items are."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from governance.privacy.keyring import master_keys

_CONTEXT = ("second_factor",)


FIELDS = ("secret", "seed")  # of an app, of recovery codes


def ready(kept: Iterable[Mapping[str, Any]]) -> None:
    """Have the key service open and seal once, before a transaction begins that will need it."""
    sealed("")
    for data in kept:
        for field in FIELDS:
            if data.get(field):
                opened(data[field])


def sealed(text: str) -> str:
    """Unreadable without the master key. Raises integrations.encryption.KeyUnusable."""
    return base64.b64encode(master_keys().wrap(text.encode(), context=_CONTEXT)).decode()


def opened(text: str) -> str:
    """What `sealed` was given. Raises KeyUnknown or Unreadable."""
    return master_keys().unwrap(base64.b64decode(text), context=_CONTEXT).decode()


def resealed(text: str) -> str:
    """The same under the master key in use; as it is where that one sealed it already."""
    keys, content = master_keys(), base64.b64decode(text)
    if not keys.needs_rewrap(content):
        return text
    return base64.b64encode(keys.rewrap(content, context=_CONTEXT)).decode()


def key_of(text: str) -> str:
    """The id of the master key that sealed it."""
    return master_keys().key_id_of(base64.b64decode(text))
