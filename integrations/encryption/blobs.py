"""Encrypt and decrypt whole blobs with AES-256-GCM, bound to the record that they belong to."""

from __future__ import annotations

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from integrations.encryption.errors import KeyUnusable, Unreadable

KEY_BYTES = 32
NONCE_BYTES = 12  # random; safe far beyond the few blobs a data key ever meets (NIST SP 800-38D)
_FORM = b"\x01"


def new_data_key() -> bytes:
    """A fresh key for one record's blobs: 32 random bytes, kept only as MasterKeys.wrap gives."""
    return AESGCM.generate_key(bit_length=8 * KEY_BYTES)


def encrypt(data_key: bytes, content: bytes, *, context: Sequence[str]) -> bytes:
    """The content unreadable: a byte for the form, the nonce, ciphertext with tag (29 bytes more).

    context says what it belongs to, e.g. ("document", record id, "original"); the same context is
    needed to read it, so that a blob put in another's place is noticed. Raises KeyUnusable.
    """
    return seal(data_key, content, _FORM, context)


def decrypt(data_key: bytes, blob: bytes, *, context: Sequence[str]) -> bytes:
    """The content as it was. Raises Unreadable where key, context or a bit is not as then."""
    if blob[:1] != _FORM:
        raise Unreadable("These bytes are not an encrypted blob of a known form.")
    return open_sealed(data_key, blob, 1, context)


def seal(key: bytes, content: bytes, header: bytes, context: Sequence[str]) -> bytes:
    """header, nonce, ciphertext and tag; the header is readable and cannot be changed unnoticed."""
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + _cipher(key).encrypt(nonce, content, associated(header, context))


def open_sealed(key: bytes, blob: bytes, header_bytes: int, context: Sequence[str]) -> bytes:
    """What seal was given. Raises Unreadable."""
    view = memoryview(blob)
    nonce = view[header_bytes : header_bytes + NONCE_BYTES]
    data = associated(bytes(view[:header_bytes]), context)
    try:
        return _cipher(key).decrypt(nonce, view[header_bytes + NONCE_BYTES :], data)
    except (InvalidTag, ValueError):
        raise Unreadable("The bytes were changed or belong to another record or key.") from None


def _cipher(key: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:
        raise KeyUnusable(f"A key has {KEY_BYTES} bytes.")
    return AESGCM(key)


def associated(header: bytes, context: Sequence[str]) -> bytes:
    """A context as bytes. Each part carries its length: ("ab", "c") and ("a", "bc") must not look
    alike."""
    if isinstance(context, str) or not context:
        raise ValueError("The context is a sequence of words saying what the bytes belong to.")
    parts = [part.encode() for part in context]
    return header + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
