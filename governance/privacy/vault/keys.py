"""Keys of processes: made with the process, opened once by each of our own processes."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from django.db import connection

from governance.privacy.keyring import master_keys
from governance.privacy.vault.models import ProcessKey
from integrations.encryption import KeyUnusable, new_data_key

_SQL = """
    SELECT c.process_id, k.wrapped FROM governance_contract c
    JOIN governance_processkey k ON k.process_id = c.process_id WHERE c.id = %s
"""


def ensure_key(process: str) -> None:
    """Give a process its key if it has none; the caller is in the transaction that makes it.

    Raises integrations.encryption.EncryptionError where there is no master key.
    """
    if ProcessKey.objects.filter(pk=process).exists():
        return
    wrapped = master_keys().wrap(new_data_key(), context=key_context(process))
    # Of two who are first at once, one's insert does nothing.
    ProcessKey.objects.bulk_create(
        [ProcessKey(process_id=process, wrapped=wrapped)], ignore_conflicts=True
    )


@lru_cache(maxsize=256)
def process_key(contract_id: UUID) -> bytes:
    """The key of a contract's process; one statement for each contract and process of ours.

    Kept by the contract, whose id is never used again: a process that was made in a transaction
    which failed leaves nothing behind that a later one of the same name could find. Raises
    integrations.encryption.EncryptionError.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [contract_id])
        row = cursor.fetchone()
    if row is None:
        raise KeyUnusable("This process has no key for its values: apply its contract again.")
    process, wrapped = row
    return master_keys().unwrap(bytes(wrapped), context=key_context(process))


def key_context(process: str) -> tuple[str, str]:
    """What a process's key is bound to."""
    return ("process", process)
