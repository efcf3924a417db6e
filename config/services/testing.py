"""Services for one test run: a directory of its own, gone when the run ends."""

import atexit
import contextlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil

from config.services.postgres import Postgres
from config.services.redis import Redis

_PREFIX = "countersign-test-"
# Names the process whose services the addresses in the environment belong to.
_OWNER = "COUNTERSIGN_TEST_SERVICES_OF"
_STARTED = "COUNTERSIGN_TEST_SERVICES"


@dataclass(frozen=True)
class TestServices:
    """What runs; None stands for a service that the environment already named."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    directory: Path
    postgres: Postgres | None
    redis: Redis | None


_running: TestServices | None = None


def start_for_tests() -> tuple[str, str]:
    """Start what DATABASE_URL and REDIS_URL do not name already; returns both addresses.

    Sets DATABASE_URL (the owner's role, which may create the test database), REDIS_URL and
    DATA_DIR (a fresh temporary directory) in os.environ, so it must run before Django reads its
    settings. Calling it again returns the same. Everything ends with this process. What another
    test process started is not shared: each worker of a parallel run has servers of its own, which
    it may restart and flush.
    """
    global _running
    if _running is None:
        _clear_abandoned()
        if os.environ.get(_OWNER, str(os.getpid())) != str(os.getpid()):
            for name in os.environ.pop(_STARTED, "").split():
                os.environ.pop(name, None)
        os.environ[_OWNER] = str(os.getpid())
        directory = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        postgres = redis = None
        atexit.register(_end, directory)
        if not os.environ.get("DATABASE_URL"):
            postgres = Postgres(directory / "postgres", durable=False)
            atexit.register(postgres.stop)
            postgres.start()
            os.environ["DATABASE_URL"] = postgres.url("owner")
        if not os.environ.get("REDIS_URL"):
            redis = Redis(directory / "redis")
            atexit.register(redis.stop)
            redis.start()
            os.environ["REDIS_URL"] = redis.url()
        os.environ[_STARTED] = " ".join(
            name
            for name, server in (("DATABASE_URL", postgres), ("REDIS_URL", redis))
            if server is not None
        )
        os.environ["DATA_DIR"] = str(directory / "data")
        (directory / "data" / "static").mkdir(parents=True)  # whose absence is warned of
        _running = TestServices(directory, postgres, redis)
    return os.environ["DATABASE_URL"], os.environ["REDIS_URL"]


def running() -> TestServices:
    """The services of this run, for tests that restart or flush them."""
    if _running is None:
        raise RuntimeError("start_for_tests() was not called")
    return _running


def _end(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)


def _clear_abandoned() -> None:
    """Remove directories of runs that were killed; their servers died with them."""
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        pid = directory.name.removeprefix(_PREFIX).split("-")[0]
        with contextlib.suppress(ValueError):
            if not psutil.pid_exists(int(pid)):
                shutil.rmtree(directory, ignore_errors=True)
