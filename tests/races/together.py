"""Threads that start at the same instant, each with a database connection of its own."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection, connections
from django.db.utils import OperationalError

JOIN_SECONDS = 30


def together(*steps: Callable[[], Any]) -> list[Any]:
    """Run the steps at once; each one's result, or the exception it raised, in order given.

    What no race may ever cause, a deadlock or a lost connection, is raised here.
    """
    barrier = threading.Barrier(len(steps))

    def run(step: Callable[[], Any]) -> Any:
        barrier.wait(JOIN_SECONDS)
        return _outcome(step)

    with ThreadPoolExecutor(len(steps)) as pool:
        outcomes = list(pool.map(run, steps))
    for outcome in outcomes:
        if isinstance(outcome, OperationalError):
            raise outcome
    return outcomes


def _outcome(step: Callable[[], Any]) -> Any:
    try:
        return step()
    except Exception as error:
        return error
    finally:
        connections.close_all()


class Beside:
    """One step in a thread of its own, beside what the test does meanwhile."""

    def __init__(self, step: Callable[[], Any]) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._future: Future[Any] = self._pool.submit(_outcome, step)

    def outcome(self) -> Any:
        """Its result, or the exception that it raised."""
        try:
            return self._future.result(JOIN_SECONDS)
        finally:
            # Without waiting: what it waits for may be the caller's own transaction.
            self._pool.shutdown(wait=False)

    def wait_until_blocked(self) -> None:
        """Until it waits for a lock that the caller's open transaction holds."""
        deadline = time.monotonic() + JOIN_SECONDS
        while not self._is_blocked():
            assert not self._future.done(), f"it waited for nothing: {self._future.result()!r}"
            assert time.monotonic() < deadline, "it never came to wait"
            time.sleep(0.01)

    def _is_blocked(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                # Not pg_stat_activity, which stands still inside a transaction.
                "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted"
                " AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
            )
            return bool(cursor.fetchone()[0])


def kinds(outcomes: Sequence[Any]) -> list[str]:
    """Outcomes by type, sorted: what matters where it does not matter who was first."""
    return sorted(type(one).__name__ for one in outcomes)
