"""Where the key that wraps all others is kept: the protocol, and a service reached by a command.

A service of this kind may be far away and slow, so nothing asks it for each record. It wraps one
intermediate key for each process of ours; that one wraps data keys here, and travels in front of
each of them, wrapped. Opening a data key asks the service once for each intermediate key, which is
then kept in memory only.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

from integrations.encryption.blobs import KEY_BYTES, open_sealed, seal
from integrations.encryption.errors import KeyUnknown, KeyUnusable, Unreadable

_FORM = 2
_KEPT = 64  # intermediate keys in memory
_MOST_BYTES = 65_535


class KeyService(Protocol):
    """Wraps data keys; MasterKeys is one, from the environment or a file.

    wrap raises KeyUnusable; unwrap KeyUnknown for a key that is not at hand, Unreadable for bytes
    that were changed or are another record's. needs_rewrap: whether another key than `current_id`
    wrapped it.
    """

    current_id: str

    def wrap(self, data_key: bytes, *, context: Sequence[str]) -> bytes: ...

    def unwrap(self, wrapped: bytes, *, context: Sequence[str]) -> bytes: ...

    def needs_rewrap(self, wrapped: bytes) -> bool: ...

    def rewrap(self, wrapped: bytes, *, context: Sequence[str]) -> bytes: ...

    def key_id_of(self, wrapped: bytes) -> str: ...


class CommandKeys:
    """A key service behind a command: that of a cloud, a hardware module, a vault.

    `command wrap KEY` and `command unwrap KEY` read bytes from standard input and write the result
    to standard output; anything but exit status 0 is a refusal. key_id is the key in use.
    """

    def __init__(
        self, *, command: Sequence[str], key_id: str, timeout_seconds: float = 10.0
    ) -> None:
        """Raises KeyUnusable where the key's id cannot be written into a header."""
        if not command or not 0 < len(key_id.encode()) <= 255:
            raise KeyUnusable("A key service needs a command and a key's id of 1 to 255 bytes.")
        self.current_id = key_id
        self._command = tuple(command)
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._opened: OrderedDict[bytes, bytes] = OrderedDict()
        self._mine: tuple[int, bytes] | None = None  # process id, header

    def wrap(self, data_key: bytes, *, context: Sequence[str]) -> bytes:
        header = self._header()
        return seal(self._intermediate(header), data_key, header, context)

    def unwrap(self, wrapped: bytes, *, context: Sequence[str]) -> bytes:
        header = _header_of(wrapped)
        return open_sealed(self._intermediate(header), wrapped, len(header), context)

    def needs_rewrap(self, wrapped: bytes) -> bool:
        return self.key_id_of(wrapped) != self.current_id

    def rewrap(self, wrapped: bytes, *, context: Sequence[str]) -> bytes:
        return self.wrap(self.unwrap(wrapped, context=context), context=context)

    def key_id_of(self, wrapped: bytes) -> str:
        return _key_id(_header_of(wrapped))

    def __repr__(self) -> str:
        return f"<CommandKeys {self.current_id}>"

    def __reduce__(self) -> str:
        raise TypeError("Master keys are not to be pickled.")

    def _header(self) -> bytes:
        """This process's own: a forked child makes one anew, so that few data keys share one."""
        with self._lock:
            if self._mine is not None and self._mine[0] == os.getpid():
                return self._mine[1]
        key = os.urandom(KEY_BYTES)
        header = _made(self.current_id, self._ask("wrap", self.current_id, key))
        with self._lock:
            self._mine = (os.getpid(), header)
            self._keep(header, key)
        return header

    def _intermediate(self, header: bytes) -> bytes:
        with self._lock:
            known = self._opened.get(header)
            if known is not None:
                self._opened.move_to_end(header)
                return known
        key = self._ask("unwrap", _key_id(header), header[4 + header[1] :])
        if len(key) != KEY_BYTES:
            raise Unreadable("The key service gave back something that is no key.")
        with self._lock:
            self._keep(header, key)
        return key

    def _keep(self, header: bytes, key: bytes) -> None:
        self._opened[header] = key
        while len(self._opened) > _KEPT:
            self._opened.popitem(last=False)

    def _ask(self, verb: str, key_id: str, content: bytes) -> bytes:
        try:
            done = subprocess.run(
                [*self._command, verb, key_id],
                input=content,
                capture_output=True,
                timeout=self._timeout_seconds,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise KeyUnusable(f"The key service did not answer: {type(error).__name__}.") from None
        if done.returncode == 0 and 0 < len(done.stdout) <= _MOST_BYTES:
            return done.stdout
        if verb == "unwrap":
            raise KeyUnknown(f"The key service does not open what {key_id} wrapped.")
        raise KeyUnusable(f"The key service refused to use the key {key_id}.")


def _made(key_id: str, wrapped: bytes) -> bytes:
    """form, length of id, id, length of the wrapped intermediate key (2 bytes), and that."""
    name = key_id.encode()
    return bytes((_FORM, len(name))) + name + len(wrapped).to_bytes(2, "big") + wrapped


def _header_of(wrapped: bytes) -> bytes:
    if len(wrapped) < 4 or wrapped[0] != _FORM:
        raise Unreadable("These bytes are not a wrapped key of a known form.")
    start = 2 + wrapped[1]
    end = start + 2 + int.from_bytes(wrapped[start : start + 2], "big")
    if len(wrapped) <= end:
        raise Unreadable("These bytes are not a wrapped key of a known form.")
    return wrapped[:end]


def _key_id(header: bytes) -> str:
    return header[2 : 2 + header[1]].decode("utf-8", errors="replace")
