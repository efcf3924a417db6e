"""The Procfile's processes: started together, their output woven into one, stopped together.

honcho reads the Procfile and prints; its own manager is not used, because it keeps one Python
process beside each child (25 MB each), and those live on when the manager is killed.
"""

import contextlib
import datetime
import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
from honcho.colour import get_colours
from honcho.environ import parse_procfile
from honcho.printer import Message, Printer

from config.services.process import kill_group, spawn

GRACE_SECONDS = 10  # then what is still at work is killed; its rows are found by the sweeper


class Supervisor:
    """Runs every line of a Procfile; `record` lists them, for a start after this one was killed."""

    def __init__(self, procfile: Path, environment: dict[str, str], record: Path) -> None:
        self._commands = parse_procfile(procfile.read_text()).processes
        self._directory = procfile.parent
        self._environment = environment
        self._record = record
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._readers: list[threading.Thread] = []
        self._printer = Printer(sys.stdout, width=max(map(len, self._commands)))
        self._printing = threading.Lock()

    def start(self) -> None:
        for (name, command), colour in zip(self._commands.items(), get_colours(), strict=False):
            process = spawn(
                ["/bin/sh", "-c", command],
                death_signal=signal.SIGTERM,
                cwd=self._directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            self._processes[name] = process
            self._write_record()
            reader = threading.Thread(
                target=self._relay, args=(name, process, colour), name=f"relay-{name}", daemon=True
            )
            reader.start()
            self._readers.append(reader)

    def ended(self) -> tuple[str, int] | None:
        """Name and exit status of a process that ended by itself, if one did."""
        for name, process in self._processes.items():
            status = process.poll()
            if status is not None:
                return name, status
        return None

    def stop(self) -> None:
        """Ask all to end, wait GRACE_SECONDS for them together, then kill what is left."""
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in self._processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        for process in self._processes.values():
            kill_group(process)
            process.wait()
        for reader in self._readers:
            reader.join(timeout=1)
        self._record.unlink(missing_ok=True)

    def _relay(self, name: str, process: subprocess.Popen[bytes], colour: str) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            now = datetime.datetime.now().astimezone()
            with self._printing, contextlib.suppress(BrokenPipeError):
                self._printer.write(Message("line", line, now, name, colour))

    def _write_record(self) -> None:
        started = {}
        for process in self._processes.values():
            with contextlib.suppress(psutil.NoSuchProcess):
                started[process.pid] = psutil.Process(process.pid).create_time()
        self._record.write_text(json.dumps(started))


def end_recorded(record: Path) -> None:
    """Kill the groups of a start that was killed itself and left no time to stop them.

    Start times are compared: by now the number may belong to somebody else's process.
    """
    try:
        started = json.loads(record.read_text())
    except (OSError, ValueError):
        return
    for pid, create_time in started.items():
        with contextlib.suppress(psutil.Error, OSError):
            process = psutil.Process(int(pid))
            if abs(process.create_time() - create_time) < 1:
                group = [process, *process.children(recursive=True)]
                for member in group:
                    with contextlib.suppress(psutil.Error):
                        member.kill()
                psutil.wait_procs(group, timeout=5)
    record.unlink(missing_ok=True)
