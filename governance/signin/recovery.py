"""Recovery codes: one seed makes them all, so that only the seed is kept and which were used."""

import hashlib
import hmac
import secrets

COUNT = 10
DIGITS = 8


def new_seed() -> str:
    return secrets.token_hex(32)


def codes_of(seed: str) -> list[str]:
    """All that this seed makes, in their order; a code's bias by the modulus is below 2**-37."""
    key = bytes.fromhex(seed)
    made = (hmac.digest(key, f"recovery code {at}".encode(), hashlib.sha256) for at in range(COUNT))
    return [f"{int.from_bytes(one[:8], 'big') % 10**DIGITS:0{DIGITS}}" for one in made]


def find(seed: str, code: str, used_mask: int) -> int | None:
    """Which unused code this is; bit n of used_mask says that the n-th was used."""
    found = None
    for at, expected in enumerate(codes_of(seed)):
        if hmac.compare_digest(expected.encode(), code.encode()) and not used_mask >> at & 1:
            found = at
    return found


def left(used_mask: int) -> int:
    """How many are unused."""
    return COUNT - used_mask.bit_count()
