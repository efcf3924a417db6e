"""Encrypting and opening the labelled values of one item."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from uuid import UUID

from governance.contracts.agreement import Agreement, agreement_of
from governance.privacy.masking import OPEN, Path, replaced
from governance.privacy.vault.keys import process_key
from integrations.encryption import SEED_BYTES, Unreadable, decrypt, derive, encrypt

# Stands for what can no longer be opened by anybody.
GONE = {"erased": True}
_MARK = "vault"
_ESCAPED = "none"  # a mapping that only looks like a token, so that none can be forged
_WHOLE = "personal"  # label of what is encrypted as one, whatever it holds


class _Token(dict[str, str]):
    """A value just encrypted, told from a mapping that only looks like it."""


def new_seed(agreement: Agreement) -> bytes | None:
    """What a new item's data key is made of; None where its contract labels nothing personal."""
    return secrets.token_bytes(SEED_BYTES) if agreement.has_personal else None


class Vault:
    """Encrypts and opens values of one item.

    seed None: the item's contract labels nothing, it came in before there were vaults, or its
    values were erased. Nothing is encrypted then, and what is encrypted is gone for good.
    """

    def __init__(self, contract_id: UUID, item_id: UUID, seed: bytes | memoryview | None) -> None:
        self._contract_id, self._item_id = contract_id, item_id
        self._seed = None if seed is None else bytes(seed)

    def put(self, side: str, values: Mapping[str, Any]) -> Any:
        """The mapping with every labelled value encrypted; side is "input" or "output"."""
        if self._seed is None:
            return values
        agreement = agreement_of(self._contract_id)
        labels = agreement.input_labels if side == "input" else agreement.output_labels

        def replace(label: str, path: Path, value: Any) -> Any:
            return value if label in OPEN else self._vaulted((side, *path), label, value)

        return self._escaped((side,), replaced(values, labels, replace))

    def open(self, side: str, stored: Any) -> Any:
        """What put or put_whole was given. Raises Unreadable for what is not as it was written."""
        if self._seed is None and not agreement_of(self._contract_id).has_personal:
            return stored
        return self._opened((side,), stored)

    def put_whole(self, side: str, value: Any) -> Any:
        """A value encrypted as one: of evidence, raw answers, bodies of effects."""
        return value if self._seed is None else self._vaulted((side,), _WHOLE, value)

    @cached_property
    def _key(self) -> bytes | None:
        if self._seed is None:
            return None
        context = ("values", str(self._item_id))
        return derive(process_key(self._contract_id), self._seed, context=context)

    def _vaulted(self, path: Path, label: str, value: Any) -> _Token:
        assert self._key is not None
        content = json.dumps(value, separators=(",", ":")).encode()
        blob = encrypt(self._key, content, context=self._context(path, label))
        return _Token({_MARK: f"{label}.{base64.b64encode(blob).decode()}"})

    def _escaped(self, path: Path, value: Any) -> Any:
        """A mapping in clear that looks like a token is encrypted, to come back as it was."""
        if isinstance(value, _Token):
            return value
        if isinstance(value, Mapping):
            inner = {name: self._escaped((*path, name), one) for name, one in value.items()}
            return self._vaulted(path, _ESCAPED, inner) if set(inner) == {_MARK} else inner
        if isinstance(value, list):
            return [self._escaped((*path, str(place)), one) for place, one in enumerate(value)]
        return value

    def _opened(self, path: Path, stored: Any) -> Any:
        if isinstance(stored, Mapping):
            if set(stored) == {_MARK}:
                return self._decrypted(path, stored[_MARK])
            return {name: self._opened((*path, name), one) for name, one in stored.items()}
        if isinstance(stored, list):
            return [self._opened((*path, str(place)), one) for place, one in enumerate(stored)]
        return stored

    def _decrypted(self, path: Path, token: Any) -> Any:
        if self._key is None:
            return dict(GONE)
        label, _, encoded = str(token).partition(".")
        try:
            blob = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise Unreadable("An encrypted value is not as it was written.") from None
        value = json.loads(decrypt(self._key, blob, context=self._context(path, label)))
        if label == _ESCAPED:
            return {_MARK: self._opened((*path, _MARK), value[_MARK])}
        return value

    def _context(self, path: Path, label: str) -> tuple[str, ...]:
        """Record, field and label: a value put in another's place, or under another label, is
        noticed."""
        return ("value", str(self._item_id), ".".join(path), label)
