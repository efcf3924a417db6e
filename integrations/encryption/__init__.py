"""What lies on disk is unreadable without the master key: envelope encryption for files and values.

A data key per record encrypts its parts; the data key is kept beside the record, wrapped by a
master key that comes from the environment or a file. Destroying a data key erases its record.
"""

from integrations.encryption.blobs import decrypt, encrypt, new_data_key
from integrations.encryption.deriving import SEED_BYTES, derive
from integrations.encryption.errors import EncryptionError, KeyUnknown, KeyUnusable, Unreadable
from integrations.encryption.keys import MasterKeys

__all__ = [
    "SEED_BYTES",
    "EncryptionError",
    "KeyUnknown",
    "KeyUnusable",
    "MasterKeys",
    "Unreadable",
    "decrypt",
    "derive",
    "encrypt",
    "new_data_key",
]
