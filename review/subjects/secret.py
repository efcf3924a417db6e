"""The key that makes digests of values, and the digests."""

import hmac

from governance.privacy.keyring import master_keys
from integrations.encryption import new_data_key
from review.models import SubjectSecret

CONTEXT = ("subjects", "secret")


def secret() -> bytes:
    """The one key, made on first use. Raises integrations.encryption.EncryptionError."""
    wrapped = SubjectSecret.objects.values_list("wrapped", flat=True).first()
    if wrapped is None:
        made = master_keys().wrap(new_data_key(), context=CONTEXT)
        # Of two who are first at once, one's insert does nothing; both then read the same.
        SubjectSecret.objects.bulk_create([SubjectSecret(wrapped=made)], ignore_conflicts=True)
        wrapped = SubjectSecret.objects.values_list("wrapped", flat=True).get()
    return master_keys().unwrap(bytes(wrapped), context=CONTEXT)


def digest(key: bytes, normalised: str) -> bytes:
    return hmac.digest(key, normalised.encode(), "sha256")
