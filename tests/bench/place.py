"""A place to measure in: durable services and Procfile processes of its own, gone at the end."""

import base64
import contextlib
import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import psutil
import psycopg
from honcho.environ import parse_procfile

from config.services.postgres import Postgres
from config.services.process import spawn, stop
from config.services.redis import Redis

ROOT = Path(__file__).resolve().parents[2]
_PREFIX = "countersign-bench-"
_READY_SECONDS = 30
REAL = "config.wsgi:application"
BARE = "tests.bench.bare.wsgi:application"
BARE_SETTINGS = "tests.bench.bare.settings"


class Started:
    """One process of the Procfile with its children."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.process = process
        self.log = log

    def family(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            first = psutil.Process(self.process.pid)
            return [first, *first.children(recursive=True)]
        return []

    def stop(self) -> None:
        stop(self.process, signal.SIGTERM)


class Web(Started):
    """A web server, its address and how long it took to the first good answer."""

    port = 0
    start_seconds = 0.0


Kind = TypeVar("Kind", bound=Started)


class Place:
    """Context manager: PostgreSQL with durable commits, Redis, and an environment for processes."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    def __enter__(self) -> "Place":
        _clear_abandoned()
        self.directory = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        self._stack.callback(shutil.rmtree, self.directory, ignore_errors=True)
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _start(self) -> None:
        self.postgres = Postgres(self.directory / "postgres")
        self._stack.callback(self.postgres.stop)
        self.postgres.start()
        self.redis = Redis(self.directory / "redis")
        self._stack.callback(self.redis.stop)
        self.redis.start()
        self.owner_url = self.postgres.url("owner")
        self.script_file = self.directory / "scripts.json"
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        self.environment = {
            **os.environ,
            "PATH": path,
            "DJANGO_SETTINGS_MODULE": "config.settings.prod",
            "DATABASE_URL": self.postgres.url("app"),
            "REDIS_URL": self.redis.url(),
            "DATA_DIR": str(self.directory / "data"),
            "SECRET_KEY": secrets.token_urlsafe(48),
            "MASTER_KEY": f"bench:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            "ALLOWED_HOSTS": "localhost",
            "WEB_HOST": "127.0.0.1",
            "INTAKE_RATE": "100000000/minute",  # counted as in production, never reached
            "SENTRY_DSN": "",
            "BENCH_SCRIPTS": str(self.script_file),
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
        }
        (self.directory / "data").mkdir()
        self._commands = parse_procfile((ROOT / "Procfile").read_text()).processes

    def superuser(self) -> psycopg.Connection:
        """For what only the database's own administrator may do: skip triggers, checkpoint."""
        address = self.owner_url.replace("countersign@", "postgres@", 1)
        return psycopg.connect(address, autocommit=True)

    def start(self, name: str, **environment: str) -> Started:
        """A process of the Procfile by its name."""
        return self._spawn(name, self._commands[name], environment, Started)

    def run(self, name: str, command: str) -> Started:
        """Any other command, in the same environment."""
        return self._spawn(name, command, {}, Started)

    def web(self, application: str = REAL, *, path: str = "/readyz", **environment: str) -> Web:
        """The Procfile's web server with this application, once `path` answers 200."""
        port = _free_port()
        command = self._commands["web"].replace(REAL, application)
        began = time.monotonic()
        web = self._spawn("web", command, {"PORT": str(port), **environment}, Web)
        web.port = port
        while not _answers(port, path):
            if web.process.poll() is not None or time.monotonic() - began > _READY_SECONDS:
                web.stop()
                raise RuntimeError(f"{application} did not start: {web.log.read_text()[-2000:]}")
            time.sleep(0.005)
        web.start_seconds = time.monotonic() - began
        return web

    def bare(self, **environment: str) -> Web:
        return self.web(BARE, path="/ready", DJANGO_SETTINGS_MODULE=BARE_SETTINGS, **environment)

    def complaints(self) -> str:
        """The ends of all processes' logs, for a run that went wrong."""
        logs = sorted(self.directory.glob("*.log"))
        ends = ((log.name, log.read_text(errors="replace")[-3000:]) for log in logs)
        return "\n".join(f"--- {name}\n{end}" for name, end in ends if end.strip())

    def _spawn(
        self, name: str, command: str, environment: dict[str, str], kind: type[Kind]
    ) -> Kind:
        log = self.directory / f"{name}-{time.monotonic_ns()}.log"
        with log.open("wb") as output:
            process = spawn(
                ["/bin/sh", "-c", command],
                death_signal=signal.SIGTERM,
                cwd=ROOT,
                env=self.environment | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        started = kind(name, process, log)
        self._stack.callback(started.stop)
        return started


def cpu_seconds(pid: int | None) -> float:
    """Processor time of a process and its descendants so far, ended ones included."""
    total = 0.0
    with contextlib.suppress(psutil.Error):
        first = psutil.Process(pid)
        for process in [first, *first.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
    return total


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _clear_abandoned() -> None:
    """Remove directories of runs that were killed; their servers died with them."""
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        pid = directory.name.removeprefix(_PREFIX).split("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(directory, ignore_errors=True)
