"""The embedded PostgreSQL: comes up from any state, leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from config.services.errors import ServiceError
from config.services.postgres import Postgres
from config.services.process import leftovers

ORPHAN = """
import os, signal, sys
from pathlib import Path
from config.services import process
from config.services.postgres import Postgres
if sys.argv[2] == "unwatched":  # as on systems that cannot tell a child of its parent's end
    process._libc = None
Postgres(Path(sys.argv[1]), durable=False).start()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cluster for the module: laying it out is the slow part."""
    return tmp_path_factory.mktemp("postgres")


@pytest.fixture
def postgres(directory: Path) -> Iterator[Postgres]:
    server = Postgres(directory, durable=False)
    server.start()
    yield server
    server.stop()


def test_stop_leaves_no_process_and_may_be_repeated(postgres: Postgres) -> None:
    server = psutil.Process(postgres.pid)
    family = [server, *server.children(recursive=True)]
    postgres.stop()
    postgres.stop()
    assert not [process for process in family if process.is_running()]
    assert not leftovers("postgres", postgres.data)


def test_committed_rows_survive_a_crash(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url("owner")) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('here')")
    postgres.restart(cleanly=False)
    with psycopg.connect(postgres.url("owner")) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("here",)


def test_application_role_owns_nothing_and_makes_nothing(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url("app")) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (word text)")


def test_stale_pid_file_that_names_a_living_stranger_is_no_obstacle(directory: Path) -> None:
    server = Postgres(directory, durable=False)
    server.start()
    pid_file = server.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    server.stop()
    stranger = subprocess.Popen(["sleep", "60"], user=server.data.stat().st_uid)
    try:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        server.start()
        server.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_server_ends_when_its_starter_is_killed(directory: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", ORPHAN, directory, "watched"], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not _remaining(Postgres(directory).data, within_seconds=10)


def test_start_takes_over_from_an_orphaned_server(directory: Path) -> None:
    subprocess.run([sys.executable, "-c", ORPHAN, directory, "unwatched"], check=False)
    server = Postgres(directory, durable=False)
    orphans = leftovers("postgres", server.data)
    assert orphans
    server.start()
    try:
        assert not [orphan for orphan in orphans if orphan.is_running()]
    finally:
        server.stop()


def test_socket_is_reachable_below_a_path_too_long_for_sockets(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    server = Postgres(deep, durable=False)
    server.start()
    try:
        psycopg.connect(server.url("app")).close()
    finally:
        server.stop()
    assert not server._socket_directory.exists()


def test_only_the_servers_user_reaches_the_socket(postgres: Postgres) -> None:
    assert postgres._socket_directory.stat().st_mode & 0o777 == 0o700


def test_interrupted_first_start_is_begun_anew(tmp_path: Path) -> None:
    half = tmp_path / "making" / "base"
    half.mkdir(parents=True)
    server = Postgres(tmp_path, durable=False)
    server.start()
    server.stop()
    assert (server.data / "PG_VERSION").exists()
    assert not half.exists()


def test_full_disk_is_said_in_one_line(postgres: Postgres) -> None:
    postgres.log.write_text('FATAL:  could not write to file "x": No space left on device\n')
    message = postgres._explain("PostgreSQL did not start")
    assert message == f"The disk that holds {postgres.directory} is full."


def test_directory_in_the_way_of_a_file_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a directory")
    with pytest.raises(ServiceError, match="should be a directory"):
        Postgres(tmp_path).start()


def _remaining(directory: Path, within_seconds: float) -> list[psutil.Process]:
    deadline = time.monotonic() + within_seconds
    while found := leftovers("postgres", directory):
        if time.monotonic() > deadline:
            break
        psutil.wait_procs(found, timeout=0.1)
    return found


def test_suite_runs_on_a_directory_of_its_own() -> None:
    assert Path(os.environ["DATA_DIR"]).name == "data"
    assert f"-{os.getpid()}-" in os.environ["DATA_DIR"]
