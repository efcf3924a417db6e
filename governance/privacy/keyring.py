"""The master keys of this installation, from wherever the settings say they are kept."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string

from integrations.encryption import MasterKeys
from integrations.encryption.kms import KeyService


def master_keys(*, create: bool | None = None) -> KeyService:
    """What wraps and unwraps data keys. The file is made on first use where settings.DEMO is on.

    A file that changed is read again, so that a key put first is in use at once everywhere.
    Raises integrations.encryption.KeyUnusable.
    """
    if settings.MASTER_KEY_BACKEND:
        return _backend(settings.MASTER_KEY_BACKEND)
    if settings.MASTER_KEY:
        return _parsed(settings.MASTER_KEY)
    path = settings.MASTER_KEY_FILE
    may_create = settings.DEMO if create is None else create
    if may_create and not path.exists():
        MasterKeys.from_file(path, create=True)
    return _from_file(path, _version(path))


@lru_cache(maxsize=1)
def _backend(dotted: str) -> KeyService:
    made: KeyService = import_string(dotted)(**settings.MASTER_KEY_OPTIONS)
    return made


@lru_cache(maxsize=4)
def _parsed(text: str) -> KeyService:
    return MasterKeys.parse(text)


@lru_cache(maxsize=4)
def _from_file(path: Path, version: tuple[int, ...]) -> KeyService:
    return MasterKeys.from_file(path)


def _version(path: Path) -> tuple[int, ...]:
    """Changes with the file: it is replaced whole, so its inode and time do."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size
