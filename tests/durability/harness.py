"""Countersign as it runs in production, on services of its own that a test may break.

The processes are the Procfile's own lines, so that what is killed here is what is deployed.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx

from config import celery_app
from config.database import from_url
from config.hints import HintTask
from config.services.postgres import Postgres
from config.services.process import spawn, stop
from config.services.redis import Redis
from tests.durability.servers import Model, Receiver
from tests.other_database import other_database

ROOT = Path(__file__).resolve().parents[2]
SETTLE_SECONDS = 90  # a bound for a busy machine; what settles is not waited for any longer
# Short leases and frequent sweeps: what is tested is that they find things, not how late.
SHORT = {
    "EFFECT_LEASE_SECONDS": 2,
    "INFERENCE_LEASE_SECONDS": 2,
    "RECORDING_SECONDS": 1,
    # A child takes a second or two on a busy machine, and one too many attempts is a refusal.
    "DOCUMENT_LEASE_SECONDS": 8,
    "DOCUMENT_ATTEMPTS": 6,
    "SWEEP_SECONDS": 1,
    "EFFECT_SWEEP_SECONDS": 1,
    "SEQUENCE_SECONDS": 1,
    "CHECKPOINT_SECONDS": 2,
    "HINT_GRACE_SECONDS": 2,
    "HINT_AGAIN_SECONDS": 2,
}


def wait_until(what: str, condition: Callable[[], Any], seconds: float = 20) -> Any:
    """Poll until the condition holds; returns what it gave."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.03)


@dataclass
class System:
    """PostgreSQL, Redis, the world outside, and the Procfile's processes."""

    directory: Path
    postgres: Postgres
    redis: Redis
    receiver: Receiver
    model: Model
    port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self, role: Literal["owner", "app"] = "app") -> dict[str, str]:
        """What a process is started with; only migrations run as the owner."""
        ours = {
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "DATABASE_URL": self.postgres.url(role),
            "REDIS_URL": self.redis.url(),
            "DATA_DIR": str(self.directory / "data"),
            "OPENAI_BASE_URL": self.model.url,
            "PORT": str(self.port),
            "WEB_HOST": "127.0.0.1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            **{name: str(value) for name, value in SHORT.items()},
        }
        return {**os.environ, **ours}

    def start(self, *names: str) -> None:
        """Start processes of the Procfile that are not running."""
        for name in names:
            if name in self.processes:
                continue
            with (self.directory / f"{name}.log").open("ab") as log:
                self.processes[name] = spawn(
                    ["sh", "-c", procfile()[name]],
                    death_signal=signal.SIGKILL,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=ROOT,
                    env=self.environment(),
                )

    def kill(self, *names: str) -> None:
        """SIGKILL, to the process and all that it has started."""
        for name in names:
            process = self.processes.pop(name)
            assert process.poll() is None, f"{name} had ended by itself"
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def freeze(self, *names: str) -> None:
        for name in names:
            os.killpg(self.processes[name].pid, signal.SIGSTOP)

    def thaw(self, *names: str) -> None:
        for name in names:
            os.killpg(self.processes[name].pid, signal.SIGCONT)

    def serve(self) -> None:
        """Start the web process and wait until it answers."""
        self.start("web")
        wait_until("the web process answers", self._answers)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.web}/healthz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def log_of(self, name: str) -> str:
        return (self.directory / f"{name}.log").read_text(errors="replace")

    def print_logs(self, lines: int = 25) -> None:
        """The end of each process's log, for the report of a test that failed."""
        for log in sorted(self.directory.glob("*.log")):
            print(f"--- {log.name}")
            text = log.read_text(errors="replace").splitlines()
            telling = text
            print("\n".join(telling[-lines:]))

    def stop(self) -> None:
        for process in self.processes.values():
            stop(process)
        self.processes.clear()
        self.receiver.stop()
        self.model.stop()
        self.redis.stop()
        self.postgres.stop()


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name: rest.strip() for name, _, rest in (line.partition(":") for line in lines)}


@contextmanager
def running_system() -> Iterator[System]:
    with tempfile.TemporaryDirectory(prefix="countersign-kill-") as place:
        directory = Path(place)
        (directory / "data").mkdir()
        system = System(
            directory=directory,
            postgres=Postgres(directory / "postgres", durable=False),
            redis=Redis(directory / "redis"),
            receiver=Receiver(),
            model=Model(),
            port=_free_port(),
        )
        try:
            system.postgres.start()
            system.redis.start()
            system.receiver.start()
            system.model.start()
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "--skip-checks", "--verbosity", "0"],
                check=True,
                cwd=ROOT,
                env=system.environment("owner"),
            )
            yield system
        finally:
            system.stop()


@contextmanager
def at(system: System) -> Iterator[None]:
    """Let this process's own Django talk to the system's PostgreSQL and Redis for a while."""
    broker = celery_app.conf.broker_url
    with other_database(**from_url(system.postgres.url("app"))):
        _use_broker(system.redis.url())
        try:
            yield
        finally:
            _use_broker(broker)


def _use_broker(url: str) -> None:
    """Point this process's Celery at another Redis; it keeps the old address's pools otherwise."""
    celery_app.conf.broker_url = url
    celery_app.conf.broker_write_url = url
    celery_app._pool = None
    celery_app.amqp._producer_pool = None
    HintTask._quiet_until = 0.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
