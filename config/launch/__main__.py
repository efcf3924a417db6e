"""`make run`, after the installing: start all of it, say where it is, stop all of it."""

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from config.launch import checks
from config.launch.environment import for_trial
from config.launch.supervisor import Supervisor, end_recorded
from config.services.errors import ServiceError
from config.services.postgres import Postgres
from config.services.process import spawn, stop
from config.services.redis import Redis
from config.trial import publish

ROOT = Path(__file__).resolve().parents[2]
_READY_SECONDS = 60  # after this the wait goes on, but says what /readyz answers


class Asked(BaseException):
    """Somebody wants an end: Ctrl-C, a closed terminal or a supervisor's SIGTERM."""


class Failed(Exception):
    """A step or a process failed; the message is the line to show."""


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _asked)
    with ExitStack() as stack:
        try:
            _run(stack)
        except Asked:
            _ignore_signals()
            print("\nStopping; the data stays.", flush=True)
            stack.close()
            print("Stopped.", flush=True)
            return 0
        except (checks.NotFit, ServiceError, Failed) as problem:
            _ignore_signals()
            stack.close()
            print(problem, file=sys.stderr, flush=True)
            return 1


def _asked(number: int, frame: object) -> None:
    raise Asked


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _run(stack: ExitStack) -> NoReturn:
    began = time.monotonic()
    data = Path(os.environ.get("DATA_DIR") or ROOT / "var").expanduser().resolve()
    host = os.environ.get("WEB_HOST") or "127.0.0.1"
    port = checks.port_number(os.environ.get("PORT") or "8000")
    checks.require_space(data, checks.DATA_MEGABYTES)
    stack.enter_context(checks.hold(data / "running.lock"))
    end_recorded(data / "processes.json")
    checks.require_free_port(host, port)

    print("Starting Countersign", flush=True)
    environment = for_trial(data, host, port)
    owner_url = _start_services(stack, data, environment)
    _step(
        [sys.executable, "-m", "config.launch.prepare"], environment | {"DATABASE_URL": owner_url}
    )
    logins = _seed(environment)
    stack.callback(publish(data, environment).unlink, missing_ok=True)

    supervisor = Supervisor(ROOT / "Procfile", environment, data / "processes.json")
    stack.callback(supervisor.stop)
    supervisor.start()
    _await_ready(supervisor, host, port)
    print(
        f"\nReady after {time.monotonic() - began:.0f} s: http://{_shown(host)}:{port}/\n"
        f"{logins}\nCtrl-C stops everything; the data stays in {data}.\n",
        flush=True,
    )
    while True:
        _require_alive(supervisor)
        time.sleep(0.2)


def _start_services(stack: ExitStack, data: Path, environment: dict[str, str]) -> str:
    """Start what the environment does not name already, put the addresses into it.

    Each of DATABASE_URL and REDIS_URL counts by itself: one may be yours, the other embedded.
    Returns the address for the role that owns the tables.
    """
    owner_url = environment.get("DATABASE_OWNER_URL") or environment.get("DATABASE_URL", "")
    if not environment.get("DATABASE_URL"):
        postgres = Postgres(data / "postgres")
        stack.callback(postgres.stop)
        _timed("PostgreSQL", postgres.start)
        environment["DATABASE_URL"] = postgres.url("app")
        owner_url = postgres.url("owner")
    if not environment.get("REDIS_URL"):
        redis = Redis(data / "redis")
        stack.callback(redis.stop)
        _timed("Redis", redis.start)
        environment["REDIS_URL"] = redis.url()
    return owner_url


def _timed(name: str, start: Callable[[], None]) -> None:
    began = time.monotonic()
    start()
    print(f"  {name} started in {time.monotonic() - began:.1f} s", flush=True)


def _say(line: str) -> None:
    print(line, flush=True)


def _seed(environment: dict[str, str]) -> str:
    """Seed the demo, which is done only once; returns what it says about logins, for the end."""
    if environment.get("DEMO", "1").lower() in {"0", "false", "no", "off"}:
        return ""
    began = time.monotonic()
    logins: list[str] = []

    def sort_out(line: str) -> None:
        if logins or line.startswith("Demo logins"):
            logins.append(line)
        else:
            print(f"  {line}", flush=True)

    _step([sys.executable, "manage.py", "seed_demo"], environment, sort_out)
    print(f"  demo data ready in {time.monotonic() - began:.1f} s", flush=True)
    return "\n".join(logins)


def _step(
    command: list[str], environment: dict[str, str], show: Callable[[str], None] = _say
) -> None:
    """Run one command to its end, passing each line to `show` as it comes; raises Failed."""
    with tempfile.TemporaryFile() as errors:
        process = spawn(
            command,
            death_signal=signal.SIGKILL,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                show(line.decode(errors="replace").rstrip())
            process.wait()
        finally:
            stop(process)
        if process.returncode == 0:
            return
        errors.seek(0)
        complaint = errors.read().decode(errors="replace").rstrip()
    if "No space left" in complaint:
        raise Failed("The disk is full.")
    print(complaint, file=sys.stderr, flush=True)
    raise Failed(f"`{' '.join(command[1:])}` failed; the reason is above.")


def _await_ready(supervisor: Supervisor, host: str, port: int) -> None:
    complain_at = time.monotonic() + _READY_SECONDS
    while True:
        _require_alive(supervisor)
        answer = _readyz(host, port)
        if answer is None:
            return
        if time.monotonic() > complain_at:
            print(f"  not ready yet: {answer}", flush=True)
            complain_at = time.monotonic() + _READY_SECONDS
        time.sleep(0.1)


def _readyz(host: str, port: int) -> str | None:
    """None once /readyz answers 200; what it answers instead until then."""
    connection = http.client.HTTPConnection(_reachable(host), port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": "localhost"})
        response = connection.getresponse()
        if response.status == 200:
            return None
        return f"{response.status} {response.read(500).decode(errors='replace')}"
    except (OSError, http.client.HTTPException) as error:
        return str(error)
    finally:
        connection.close()


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _shown(host: str) -> str:
    reachable = _reachable(host)
    if reachable in {"127.0.0.1", "::1"}:
        return "localhost"
    return f"[{reachable}]" if ":" in reachable else reachable


def _require_alive(supervisor: Supervisor) -> None:
    ended = supervisor.ended()
    if ended is not None:
        name, status = ended
        how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"status {status}"
        raise Failed(f"The process {name} ended ({how}); everything was stopped.")


if __name__ == "__main__":
    sys.exit(main())
