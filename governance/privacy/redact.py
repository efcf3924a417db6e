"""What the ledger may hold of a value: plain fields as they are, personal ones as a commitment."""

import hmac
from collections.abc import Collection, Mapping
from typing import Any

from governance.ledger.canonical import canonical


def commitment(value: Any, salt: bytes) -> str:
    """HMAC-SHA-256 of the value's canonical JSON under the item's salt, in hex.

    Without the salt, which is destroyed with the item, the value cannot be guessed from it.
    """
    return hmac.digest(salt, canonical(value), "sha256").hex()


def redact(
    values: Mapping[str, Any], personal_paths: Collection[str], salt: bytes
) -> dict[str, Any]:
    """The mapping with each personal field's value replaced by `{"commitment": hex}`.

    `personal_paths` are dotted; a field that holds anything personal is replaced as a whole.
    """
    personal = {path.split(".", 1)[0] for path in personal_paths}
    return {
        name: {"commitment": commitment(value, salt)} if name in personal else value
        for name, value in values.items()
    }
