"""The child gives up what it will not need, before it looks at the file."""

from __future__ import annotations

import resource

from integrations.documents.limits import Limits


def confine(limits: Limits) -> None:
    """Limits on memory, CPU time, files and processes; what the system lacks is left out."""
    cpu = limits.cpu_seconds
    _limit(resource.RLIMIT_AS, limits.memory_bytes)
    _limit(resource.RLIMIT_CPU, cpu, cpu + 1)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, 64)


def _limit(kind: int, soft: int, hard: int | None = None) -> None:
    _, highest = resource.getrlimit(kind)
    wanted = soft if hard is None else hard
    if highest != resource.RLIM_INFINITY:
        wanted = min(wanted, highest)
    resource.setrlimit(kind, (min(soft, wanted), wanted))
