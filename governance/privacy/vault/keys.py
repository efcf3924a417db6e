"""Keys of processes: made with the process, opened once by each of our own processes."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from django.db import connection

from governance.contracts.agreement import agreement_of
from governance.privacy.keyring import master_keys
from governance.privacy.vault.models import ProcessKey
from integrations.encryption import KeyUnusable, new_data_key

_SQL = """
    SELECT c.process_id, k.wrapped FROM governance_contract c
    JOIN governance_processkey k ON k.process_id = c.process_id WHERE c.id = %s
"""


def new_key(process: str) -> ProcessKey | None:
    """An unsaved key for a process that has none yet, None for one that has.

    Called before the transaction that makes the process, for a key service may be far away.
    Raises integrations.encryption.EncryptionError where there is no master key.
    """
    if ProcessKey.objects.filter(pk=process).exists():
        return None
    wrapped = master_keys().wrap(new_data_key(), context=key_context(process))
    return ProcessKey(process_id=process, wrapped=wrapped)


def keep(key: ProcessKey | None) -> None:
    """Store a new key with its process. Of two who make one at once, the first one's is kept."""
    if key is not None:
        ProcessKey.objects.bulk_create([key], ignore_conflicts=True)


def ready(contract_id: UUID) -> None:
    """Open the key of a contract's items, where it labels anything, before a transaction begins:
    the first opening may ask a key service over the network, and transactions do not wait for one.
    """
    if agreement_of(contract_id).has_personal:
        process_key(contract_id)


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
