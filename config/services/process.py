"""Child processes that do not outlive whoever started them, even if that one is killed."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

# The kernel sends the death signal when the *thread* that forked ends. A service restarted from a
# passing thread would die with it, so one thread forks them all and lives as long as the process.
_forker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="forker")


def spawn(
    arguments: list[str], *, death_signal: signal.Signals, **options: Any
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own; `options` go to Popen.

    On Linux it receives death_signal as soon as this process ends for whatever reason. Elsewhere
    only an orderly stop ends it, and the next start clears what was left (see `leftovers`).
    """
    before_exec = _die_with_parent(os.getpid(), death_signal)

    def fork() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            arguments, start_new_session=True, preexec_fn=before_exec, **options
        )

    return _forker.submit(fork).result()


def _die_with_parent(parent_pid: int, death_signal: signal.Signals) -> Callable[[], None] | None:
    if _libc is None:
        return None

    def before_exec() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent_pid:  # it died between fork and prctl
            os._exit(1)

    return before_exec


def stop(
    process: subprocess.Popen[bytes], *signals: signal.Signals, grace_seconds: float = 10
) -> None:
    """Send each signal in turn, waiting grace_seconds after each, then kill the whole group."""
    for number in signals:
        if process.poll() is not None:
            break
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace_seconds)
    kill_group(process)
    process.wait()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a spawned process's group, its leader already gone or not."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def leftovers(name: str, directory: Path) -> list[psutil.Process]:
    """Running processes called `name` that work in `directory`: orphans of a killed start."""
    found = []
    for process in psutil.process_iter(["name"]):
        if process.info["name"] != name:
            continue
        with contextlib.suppress(psutil.Error, OSError):
            if Path(process.cwd()) == directory.resolve():
                found.append(process)
    return found


def end_leftovers(name: str, directory: Path, first: signal.Signals) -> None:
    """Ask orphans to end, wait up to 10 seconds, then kill them."""
    orphans = leftovers(name, directory)
    for orphan in orphans:
        with contextlib.suppress(psutil.Error):
            orphan.send_signal(first)
    _, alive = psutil.wait_procs(orphans, timeout=10)
    for orphan in alive:
        with contextlib.suppress(psutil.Error):
            orphan.kill()
    psutil.wait_procs(alive, timeout=5)


def last_line(log: Path, default: str) -> str:
    """The last line of a log that says what failed, without its time stamp."""
    if not log.exists():
        return default
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "rror" in line or "No space" in line]
    return (telling or lines or [default])[-1].strip()
