"""Linux: nothing may be written anywhere, and nothing read but the libraries (Landlock).

The child runs as the worker's user, who may read keys, the database's files and other documents:
this is what keeps a file that takes the child over from reading them out through its own text.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every machine
_SET_NO_NEW_PRIVILEGES = 38
_PATH_BENEATH = 1
_READ_FILE, _READ_DIRECTORY = 1 << 2, 1 << 3
# Rights that a kernel knows, by the version of its interface: those of files, of the network
# (bind, connect) and of other processes (abstract sockets, signals).
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_LIBRARIES = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/dev/null",
    "/dev/urandom",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
)


def forbid(root: Path) -> bool:
    """From here on, for good; root is the directory that holds our packages. Whether this system
    could do it."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, 0, 1)
    if version < 1:
        return False
    known = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    network, others = (3 if version >= 4 else 0), (3 if version >= 6 else 0)
    attributes = struct.pack("QQQ", known, network, others)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = libc.syscall(_CREATE_RULESET, attributes, size, 0)
    if ruleset < 0:
        return False
    for path in {*_LIBRARIES, *_python(), str(root / "integrations")}:
        _allow(libc, ruleset, path)
    done = (
        libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
        and libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
    )
    os.close(ruleset)
    return bool(done)


def _python() -> set[str]:
    """Where this Python keeps its library and packages."""
    kept = {path for path in sys.path if "site-packages" in path or "dist-packages" in path}
    library = Path(os.__file__).resolve().parent
    return kept | {str(library), str(library.parent)}


def _allow(libc: ctypes.CDLL, ruleset: int, path: str) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    rights = _READ_FILE | (_READ_DIRECTORY if Path(path).is_dir() else 0)
    rule = struct.pack("=Qi", rights, place)
    libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    os.close(place)
