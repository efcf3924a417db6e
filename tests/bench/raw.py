"""The limit of the database: recorded statements by psycopg, a process for each connection.

Reads a job as JSON on standard input, writes what it measured as JSON on standard output.
"""

import json
import multiprocessing
import sys
import time
from multiprocessing.synchronize import Barrier
from typing import Any

import psycopg

from tests.bench.bulk import copy_items
from tests.bench.playing import names_of_task, remember_next
from tests.bench.script import Names, Player, Script

_WARM_UP = 12
Result = tuple[list[float], str | None, float]


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Latencies in seconds of all clients until `seconds` are over or each has done `each`."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(len(job["clients"]))
    with context.Pool(len(job["clients"]), _share, (barrier,)) as pool:
        results: list[Result] = pool.map(_client, [(job, one) for one in job["clients"]], 1)
    return {
        "latencies": [one for latencies, _, _ in results for one in latencies],
        "elapsed": max(elapsed for _, _, elapsed in results),
        "tasks": [task for _, task, _ in results],
        "problems": [],
        "cpu": 0.0,
    }


_barrier: Barrier


def _share(barrier: Barrier) -> None:
    global _barrier
    _barrier = barrier


def _client(work: tuple[dict[str, Any], dict[str, Any]]) -> Result:
    job, client = work
    player = Player(Script.from_json(job["script"])) if job.get("script") else None
    task, latencies = client.get("task"), []
    each = job.get("each") or sys.maxsize
    with psycopg.connect(job["database"], autocommit=True) as connection:
        cursor = connection.cursor()

        def once(task: str | None) -> str | None:
            if player is None:
                with connection.transaction():
                    copy_items(cursor, job["constants"], job["payloads"])
            elif task is None:
                player.play(Names(), cursor, connection.transaction)
            else:
                names = names_of_task(client["actor"], task)
                player.play(names, cursor, connection.transaction, remember_next)
                return names["next task"]
            return None

        # The web's connections are old; after ten uses a statement is prepared and its plan kept.
        for _ in range(_WARM_UP if player else 0):
            task = once(task)
        _barrier.wait(60)
        began = time.perf_counter()
        until = began + job["seconds"]
        while True:
            start = time.perf_counter()
            task = once(task)
            now = time.perf_counter()
            latencies.append(now - start)
            if now > until or len(latencies) >= each:
                return latencies, task, now - began


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
