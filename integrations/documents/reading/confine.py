"""The child gives up what it will not need, before it looks at the file."""

from __future__ import annotations

import ctypes
import resource
import signal
import sys
from pathlib import Path

from integrations.documents.limits import Limits
from integrations.documents.reading import paths, syscalls

_SET_PARENT_DEATH_SIGNAL = 1


def confine(limits: Limits) -> None:
    """Limits on memory, CPU time, files and processes; then, where the system can, no writing, no
    reading but of libraries, no network, no other program. What it cannot is left out: the limits
    and the parent's clock hold everywhere."""
    _die_with_parent()
    _limit(resource.RLIMIT_AS, limits.memory_bytes)
    _limit(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, 64)
    _limit(resource.RLIMIT_NPROC, 0)
    paths.forbid(Path(__file__).resolve().parents[3])
    syscalls.forbid()


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def _limit(kind: int, soft: int, hard: int | None = None) -> None:
    _, highest = resource.getrlimit(kind)
    wanted = soft if hard is None else hard
    if highest != resource.RLIM_INFINITY:
        wanted = min(wanted, highest)
    try:
        resource.setrlimit(kind, (min(soft, wanted), wanted))
    except (OSError, ValueError):
        if sys.platform == "linux":  # elsewhere some limits are only names
            raise
