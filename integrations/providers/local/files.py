"""Model files: numpy archives of plain arrays, written whole or not at all, known by SHA-256.

Not skops: what is kept are arrays and one JSON text, never an estimator, and numpy's own format
with pickle off holds nothing that loading could execute. It also spares every worker the import
of scikit-learn (measured: 64 instead of 175 MiB with a 77-class model).
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from integrations.providers.base import ProviderPermanent, ProviderTransient
from integrations.providers.local.model import Model, from_state

MAX_FILE_BYTES = 512 * 2**20

_Loaded = TypeVar("_Loaded")


class Storable(Protocol):
    """A model as named arrays, none of objects."""

    def state(self) -> dict[str, Any]: ...


def save(model: Storable, path: Path) -> str:
    """Write a model file and return its SHA-256 in hex; the same model gives the same bytes.

    It is written beside its place and renamed, so that a reader never sees half a file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **model.state())
    content = buffer.getvalue()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return hashlib.sha256(content).hexdigest()


def load(path: Path, sha256: str) -> Model:
    """The classifier in a file whose SHA-256 is the given one: see load_as."""
    return load_as(path, sha256, from_state)


def load_as(path: Path, sha256: str, made_from: Callable[[Mapping[str, Any]], _Loaded]) -> _Loaded:
    """The model in a file whose SHA-256 is the given one, made from its arrays.

    The digest is checked over the very bytes that are then read. Raises ProviderPermanent when
    the file is missing, too large, of another digest, or holds anything but plain arrays.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ProviderPermanent("The model file is larger than 512 MiB.")
        content = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise ProviderPermanent("The model file is missing.") from None
    except OSError as error:
        raise ProviderTransient(f"The model file cannot be read: {error.strerror}.") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ProviderPermanent("The model file is not the one registered: its SHA-256 differs.")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return made_from({name: archive[name] for name in archive.files})
    except Exception as error:  # zipfile, zlib and numpy each have their own for a broken part
        kind = type(error).__name__
        raise ProviderPermanent(f"The model file cannot be understood ({kind}).") from None
