"""The master keys that wrap every data key; the first is in use, the others still open the old."""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from integrations.encryption.blobs import KEY_BYTES, open_sealed, seal
from integrations.encryption.errors import KeyUnknown, KeyUnusable, Unreadable

_ID = re.compile(r"[A-Za-z0-9._-]{1,40}")
_FORM = 1


class MasterKeys:
    """Keys by id. New data keys are wrapped by the first; all of them unwrap.

    To rotate: put a new key first, rewrap what is kept, take the old one away. Neither repr nor
    any error shows a key, and they cannot be pickled into a message or a cache.
    """

    __slots__ = ("_keys", "current_id")

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """keys: id to 32 bytes, the one in use first. Raises KeyUnusable."""
        if not keys:
            raise KeyUnusable("There is no master key.")
        for key_id, key in keys.items():
            if not _ID.fullmatch(key_id):
                raise KeyUnusable("A key's id is 1 to 40 letters, digits, dots, dashes.")
            if len(key) != KEY_BYTES:
                raise KeyUnusable(f"The master key {key_id} must be {KEY_BYTES} bytes in base64.")
        self._keys = dict(keys)
        self.current_id = next(iter(keys))

    @classmethod
    def parse(cls, text: str) -> MasterKeys:
        """From "id:base64 id:base64 …", parted by blanks, commas or lines; # begins a comment line.

        Raises KeyUnusable, naming at most an id.
        """
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        keys: dict[str, bytes] = {}
        for entry in re.split(r"[\s,]+", "\n".join(lines).strip()):
            if not entry:
                continue
            key_id, separator, encoded = entry.partition(":")
            if not separator or not _ID.fullmatch(key_id):
                raise KeyUnusable("Write each master key as id:base64, such as 2026:….")
            if key_id in keys:
                raise KeyUnusable(f"Two master keys have the id {key_id}.")
            keys[key_id] = _decoded(key_id, encoded)
        return cls(keys)

    @classmethod
    def from_file(cls, path: Path, *, create: bool = False) -> MasterKeys:
        """From a file that only its owner may read; with create, made with a new key where missing.

        Several processes may start at once: one makes the file, all read the same. Raises
        KeyUnusable where it is missing, malformed or open to others.
        """
        if create:
            _create(path)
        try:
            with path.open(encoding="ascii") as file:
                if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                    raise KeyUnusable(f"Others may read the key file: chmod 600 {path}")
                return cls.parse(file.read(64 * 1024))
        except FileNotFoundError:
            raise KeyUnusable(f"The key file {path} does not exist.") from None
        except UnicodeDecodeError:
            raise KeyUnusable(f"The key file {path} is not plain text.") from None
        except OSError as error:
            raise KeyUnusable(f"The key file {path} cannot be read: {error.strerror}.") from None

    def wrap(self, data_key: bytes, *, context: Sequence[str]) -> bytes:
        """The data key made safe to store; the result names the master key's id, not the key."""
        key_id = self.current_id.encode()
        return seal(self._keys[self.current_id], data_key, _header(key_id), context)

    def unwrap(self, wrapped: bytes, *, context: Sequence[str]) -> bytes:
        """The data key. Raises KeyUnknown for a master key not given here, Unreadable otherwise."""
        key_id, header_bytes = _read_header(wrapped)
        key = self._keys.get(key_id)
        if key is None:
            raise KeyUnknown(f"The master key {key_id} is needed but not among those given.")
        return open_sealed(key, wrapped, header_bytes, context)

    def needs_rewrap(self, wrapped: bytes) -> bool:
        """Whether it was wrapped by a key that is not in use any more."""
        return _read_header(wrapped)[0] != self.current_id

    def key_id_of(self, wrapped: bytes) -> str:
        """Which master key wrapped it. Raises Unreadable."""
        return _read_header(wrapped)[0]

    def rewrap(self, wrapped: bytes, *, context: Sequence[str]) -> bytes:
        """The same data key under the key in use; blobs stay as they are."""
        return self.wrap(self.unwrap(wrapped, context=context), context=context)

    def __repr__(self) -> str:
        return f"<MasterKeys {', '.join(self._keys)}>"

    def __reduce__(self) -> str:
        raise TypeError("Master keys are not to be pickled.")


def new_entry() -> str:
    """A line with a fresh key for the file or the environment."""
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return f"{secrets.token_hex(4)}:{key}"


def put_first(path: Path) -> str:
    """Put a fresh key in front of those in the file; its id. The file is replaced whole.

    Raises KeyUnusable where the file is missing, malformed or open to others.
    """
    MasterKeys.from_file(path)
    entry = new_entry()
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{entry}\n{path.read_text(encoding='ascii')}")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as error:
        raise KeyUnusable(f"The key file {path} cannot be written: {error.strerror}.") from None
    finally:
        Path(name).unlink(missing_ok=True)
    return entry.partition(":")[0]


def _decoded(key_id: str, encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise KeyUnusable(f"The master key {key_id} is not valid base64.") from None


def _create(path: Path) -> None:
    """Whole or not at all, never over an existing file: link refuses what rename replaces."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(new_entry() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    except OSError as error:
        raise KeyUnusable(f"The key file {path} cannot be made: {error.strerror}.") from None
    finally:
        Path(name).unlink(missing_ok=True)


def _header(key_id: bytes) -> bytes:
    return bytes((_FORM, len(key_id))) + key_id


def _read_header(wrapped: bytes) -> tuple[str, int]:
    if len(wrapped) < 2 or wrapped[0] != _FORM:
        raise Unreadable("These bytes are not a wrapped key of a known form.")
    end = 2 + wrapped[1]
    key_id = wrapped[2:end].decode("ascii", errors="replace")
    if not _ID.fullmatch(key_id):
        raise Unreadable("These bytes are not a wrapped key of a known form.")
    return key_id, end
