"""`make run` after its installing: up, guarded, down again without a trace."""

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]


class Launcher:
    """A launcher in the background; `until` reads its output up to a line with some words."""

    def __init__(self, data: Path, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
        }
        chosen = {"DATA_DIR": str(data), "PORT": port, "DEMO": "0"} | environment
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.launch"],
            cwd=ROOT,
            env=inherited | chosen,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output = ""

    def until(self, words: str) -> None:
        assert self.process.stdout is not None
        with self._at_most(seconds=60):
            for line in self.process.stdout:
                self.output += line
                if words in line:
                    return
        raise AssertionError(f"{words!r} never came; the output was:\n{self.output}")

    def rest(self) -> str:
        """Everything it prints up to its end."""
        assert self.process.stdout is not None
        with self._at_most(seconds=60):
            self.output += self.process.stdout.read()
            self.process.wait()
        return self.output

    @contextmanager
    def _at_most(self, seconds: float) -> Iterator[None]:
        watchdog = threading.Timer(seconds, self.process.kill)
        watchdog.start()
        try:
            yield
        finally:
            watchdog.cancel()

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Kept from test to test, so each start but the first meets what the last one left."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture
def launcher(data: Path) -> Iterator[Launcher]:
    running = Launcher(data)
    yield running
    running.process.kill()
    running.process.wait()


def test_it_serves_refuses_a_second_start_and_stops_without_a_trace(
    launcher: Launcher, data: Path
) -> None:
    launcher.until("Ready after")
    family = launcher.family()
    names = " ".join(" ".join(process.cmdline()) for process in family)
    assert all(word in names for word in ("granian", "beat", "inference", "postgres", "valkey"))
    assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600

    second = Launcher(data)
    assert "already running" in second.rest()
    assert second.process.returncode == 1

    launcher.process.send_signal(signal.SIGINT)
    assert launcher.rest().endswith("Stopped.\n")
    assert launcher.process.returncode == 0
    assert not [process for process in family if process.is_running()]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_killed_launcher_takes_everything_with_it(launcher: Launcher) -> None:
    launcher.until("Ready after")
    family = launcher.family()
    launcher.process.kill()
    _, alive = psutil.wait_procs(family, timeout=15)
    assert not alive


def test_process_that_dies_ends_the_rest_with_its_name(launcher: Launcher) -> None:
    launcher.until("Ready after")
    family = launcher.family()
    beat = next(process for process in family if "beat" in process.cmdline())
    beat.kill()
    assert "The process beat ended (was killed by SIGKILL)" in launcher.rest()
    assert launcher.process.returncode == 1
    assert not [process for process in family if process.is_running()]


def test_given_services_are_used_and_none_is_started(tmp_path: Path) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    launcher = Launcher(tmp_path, DATABASE_URL=nowhere, REDIS_URL="redis://127.0.0.1:1/0")
    output = launcher.rest()
    assert launcher.process.returncode == 1
    assert "config.launch.prepare` failed" in output
    assert "started in" not in output
    assert not (tmp_path / "postgres").exists()
    assert not (tmp_path / "redis").exists()
