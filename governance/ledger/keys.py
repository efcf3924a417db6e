"""The ledger's signing key: an Ed25519 private key in a PEM file, readable by its owner alone.

Beside it `<name>.pub` lists the public keys in C2SP form, a line each: the present one and those
of earlier files, so that old checkpoints stay checkable after a change of keys.
"""

import os
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from governance.ledger.notes import Verifier


def signing_key() -> Ed25519PrivateKey:
    """The key in settings.LEDGER_KEY_FILE; on first use made there when settings.DEMO is on.

    Raises ImproperlyConfigured when the file is missing in production, or holds another kind.
    """
    path = Path(settings.LEDGER_KEY_FILE)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        if not settings.DEMO:
            raise ImproperlyConfigured(
                f"The ledger's signing key {path} is missing; "
                "make one with `manage.py ledger keygen` and keep a copy of it."
            ) from None
        generate_key()
        content = path.read_bytes()
    key = load_pem_private_key(content, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ImproperlyConfigured(f"{path} holds no Ed25519 key.")
    return key


def generate_key() -> bool:
    """Make the key file, mode 0600; False, with nothing changed, if there is one already.

    The file appears complete and by a link, so of several that try at once exactly one succeeds.
    """
    path = Path(settings.LEDGER_KEY_FILE)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate()
    handle, name = tempfile.mkstemp(dir=path.parent)  # mode 0600 from the start
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
    finally:
        draft.unlink()
    with _public_file().open("a") as file:
        file.write(f"{Verifier.of(settings.LEDGER_ORIGIN, key.public_key())}\n")
    return True


def public_key() -> Verifier:
    """What an outsider needs to check this ledger's checkpoints."""
    return Verifier.of(settings.LEDGER_ORIGIN, signing_key().public_key())


def trusted_keys() -> list[Verifier]:
    """The present key and the earlier ones listed beside it.

    An installation that only checks may have the list and no private key.
    Raises ImproperlyConfigured when there is neither.
    """
    listed = _public_file()
    keys = (
        [Verifier.parse(line) for line in listed.read_text().splitlines() if line.strip()]
        if listed.exists()
        else []
    )
    if Path(settings.LEDGER_KEY_FILE).exists() or not keys:
        present = public_key()
        keys = [present, *(key for key in keys if key != present)]
    return keys


def _public_file() -> Path:
    return Path(settings.LEDGER_KEY_FILE).with_suffix(".pub")
