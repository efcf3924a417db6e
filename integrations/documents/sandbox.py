"""One fresh subprocess a file: it gets the file, little of everything else, and is always killed.

The child limits itself before it looks at the file (reading/confine.py); here are the limits that
hold from outside: a clean environment, no file of ours, an empty directory, the wall clock, the
size of the answer, and the end of its whole process group.
"""

from __future__ import annotations

import compileall
import contextlib
import functools
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import IO

from integrations.documents.limits import Limits
from integrations.documents.refusals import refused

_ROOT = Path(__file__).resolve().parents[2]
_START = (
    "import sys; sys.path.append(sys.argv[1]);"
    "from integrations.documents.reading.main import main; main(sys.argv[2])"
)
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",  # each arena reserves address space, which is limited
    # Memory given back is asked for again at once: keeping it saves a scan a third of a second.
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "2147483648",
}
_PIECE = 1024 * 1024
_COMPLAINT_BYTES = 64 * 1024
# Where a child died, what its last words and its size say of why. Rough: a kernel that refuses
# memory shows in many ways, and both codes send the file to a person.
_MEMORY_WORDS = (b"bad_alloc", b"MemoryError", b"out of memory", b"Out of memory", b"std::length")


def run(content: bytes, limits: Limits) -> bytes:
    """The child's whole answer, unchecked.

    Raises DocumentRefused: too_slow (wall clock or CPU time), too_much_memory, too_large (the
    answer is), damaged (it died of the file in another way).
    """
    _compile()
    with (
        tempfile.TemporaryDirectory(prefix="reading-", ignore_cleanup_errors=True) as directory,
        _as_file(content) as given,
        subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", _START, str(_ROOT), json.dumps(asdict(limits))],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_ENVIRONMENT,
            cwd=directory,
            close_fds=True,
            start_new_session=True,
        ) as child,
    ):
        try:
            answer, complaint, code = _listen(child, limits)
        finally:
            peak_bytes = _end(child)
    if code is None:
        code = _reason(child.returncode, complaint, peak_bytes, limits)
    if code is not None:
        raise refused(code)
    return answer


def _listen(child: subprocess.Popen[bytes], limits: Limits) -> tuple[bytes, bytes, str | None]:
    """What it wrote to both its outputs, and a refusal's code where it was cut off."""
    deadline = time.monotonic() + limits.wall_seconds
    answer, complaint = bytearray(), bytearray()
    assert child.stdout is not None
    assert child.stderr is not None
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ, answer)
        selector.register(child.stderr, selectors.EVENT_READ, complaint)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                return b"", b"", "too_slow"
            for key, _ in selector.select(left):
                piece = os.read(key.fd, _PIECE)
                if not piece:
                    selector.unregister(key.fileobj)
                elif key.data is answer:
                    answer += piece
                    if len(answer) > limits.output_bytes:
                        return b"", b"", "too_large"
                elif len(complaint) < _COMPLAINT_BYTES:
                    complaint += piece
    if not _is_over(child.pid, deadline):
        return b"", b"", "too_slow"
    return bytes(answer), bytes(complaint), None


def _is_over(pid: int, deadline: float) -> bool:
    """Whether it ends in time. It is not reaped, so that its id stays taken and killing its group
    hits nobody else."""
    with contextlib.suppress(ChildProcessError):
        while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.002)
    return True


def _end(child: subprocess.Popen[bytes]) -> int:
    """Kill what is left of the group, reap the child; its largest size in bytes, 0 if unknown.

    Linux counts the size of whoever starts a program to that program's peak, so that a peak no
    larger than this process's own says nothing about the child.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    try:
        _, status, usage = os.wait4(child.pid, 0)
    except ChildProcessError:  # somebody in this process reaped it: its answer has to tell
        child.returncode = 0
        return 0
    child.returncode = os.waitstatus_to_exitcode(status)
    if usage.ru_maxrss <= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss:
        return 0
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _reason(returncode: int, complaint: bytes, peak_bytes: int, limits: Limits) -> str | None:
    if returncode == 0:
        return None
    if returncode in (-signal.SIGXCPU, -signal.SIGPROF):
        return "too_slow"
    if any(word in complaint for word in _MEMORY_WORDS) or peak_bytes > limits.memory_bytes // 2:
        return "too_much_memory"
    if returncode == -signal.SIGKILL:  # nobody here did it: the kernel, for want of memory
        return "too_much_memory"
    return "damaged"


def _as_file(content: bytes) -> IO[bytes]:
    """The content behind a descriptor at its beginning, in memory where the system can do that."""
    file: IO[bytes]
    if hasattr(os, "memfd_create"):
        file = os.fdopen(os.memfd_create("given"), "w+b")
    else:
        file = tempfile.TemporaryFile()  # noqa: SIM115
    file.write(content)
    file.flush()
    file.seek(0)
    return file


@functools.cache
def _compile() -> None:
    """The child may write nothing, so that its modules are compiled for it here, once."""
    with contextlib.suppress(OSError):
        compileall.compile_dir(Path(__file__).parent, quiet=2)
