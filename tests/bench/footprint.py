"""Memory of processes as the kernel accounts for it."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.place import Place, Started


@dataclass(frozen=True)
class Memory:
    """MiB. PSS divides shared pages among those that share them, so PSS adds up; RSS does not."""

    name: str
    pss: float
    rss: float


def memory_of(started: Started) -> Memory:
    """A Procfile process with its children; the shell that execs it is gone by now."""
    parts = [_rollup(process.pid) for process in started.family()]
    return Memory(started.name, sum(pss for pss, _ in parts), sum(rss for _, rss in parts))


def _rollup(pid: int) -> tuple[float, float]:
    found = {"Pss:": 0.0, "Rss:": 0.0}
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0, 0.0
    for line in text.splitlines():
        name, *rest = line.split()
        if name in found:
            found[name] = int(rest[0]) / 1024
    return found["Pss:"], found["Rss:"]


_RAW = """
import os, sys, psycopg
connection = psycopg.connect(sys.argv[1], autocommit=True)
connection.execute("SELECT 1").fetchone()
print("ready", flush=True)
sys.stdin.read()
"""


def raw_client(place: Place) -> tuple[float, Memory]:
    """Seconds to the first answer, and memory, of Python with psycopg and one connection."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", _RAW, place.environment["DATABASE_URL"]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ,
    )
    assert process.stdout is not None
    process.stdout.readline()
    seconds = time.monotonic() - began
    pss, rss = _rollup(process.pid)
    process.communicate()
    return seconds, Memory("raw", pss, rss)
