"""Many keys from one: what a seed is mixed into cannot be made again once the seed is gone."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from integrations.encryption.blobs import KEY_BYTES, associated
from integrations.encryption.errors import KeyUnusable

SEED_BYTES = 16


def derive(key: bytes, seed: bytes, *, context: Sequence[str]) -> bytes:
    """A data key of 32 bytes: HKDF with SHA-256 (RFC 5869), the seed as its salt.

    The seed is random, SEED_BYTES long and kept in one place; without it, or without `key`, the
    result cannot be told from noise. Raises KeyUnusable for a key or seed of another length.
    """
    if len(key) != KEY_BYTES or len(seed) != SEED_BYTES:
        raise KeyUnusable(f"A key has {KEY_BYTES} bytes and a seed {SEED_BYTES}.")
    return HKDF(SHA256(), KEY_BYTES, salt=seed, info=associated(b"", context)).derive(key)
