"""Items in: one by one, in bulk, and from intake to route at a steady pace."""

import json
import time
from dataclasses import dataclass
from typing import Any

from django.db import connection
from redis import Redis

from tests.bench.measures import Sample, run_clients
from tests.bench.place import Place, Web
from tests.bench.scene import BULK, ITEMS, PROCESS, Scene
from tests.bench.script import Script

_BARE_HEAD = (
    "POST /items/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    "Content-Length: {{length}}\r\n\r\n"
)
LATENCIES_KEY = "bench:latencies"  # where the bare worker leaves what it measured


@dataclass(frozen=True)
class Intake:
    """Measures intake of the three variants."""

    place: Place
    scene: Scene
    ours: Web
    bare: Web
    script: Script

    def one_by_one(self, variant: str, *, clients: int, seconds: float) -> Sample:
        bodies = [{"body": self.scene.body(number)} for number in range(clients)]
        return self._run(variant, bodies, ITEMS, "", seconds=seconds)

    def bulk(self, variant: str, *, clients: int, lines: int, calls: int) -> Sample:
        """The sample's latencies are those of calls; its rate is calls a second, of all clients."""
        samples = self.scene.line.samples
        payloads = [samples[number % len(samples)][0] for number in range(lines)]
        rows = (json.dumps({"process": PROCESS, "payload": payload}) for payload in payloads)
        body = "\n".join(rows) + "\n"
        if variant == "raw":
            job = {
                "database": self.place.environment["DATABASE_URL"],
                "constants": self.scene.constants(),
                "payloads": payloads,
                "clients": [{}] * clients,
                "seconds": 600,
                "each": calls,
            }
            return run_clients("raw", job)[0]
        before = self._count()
        sample = self._run(
            variant, [{"body": body}] * clients, BULK, "bulk/", seconds=600, each=calls
        )
        if self._count() - before != clients * lines * calls:
            raise RuntimeError("A bulk call did not take every line in.")
        return sample

    def _count(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM review_item")
            return int(cursor.fetchone()[0])

    def steady(self, variant: str, *, rate: int, seconds: float) -> None:
        """One producer handing in `rate` items a second; the workers are running."""
        self._run(
            variant,
            [{"body": self.scene.body()}],
            ITEMS,
            "routed/",
            seconds=seconds,
            pause_seconds=1 / rate,
        )

    def _run(
        self, variant: str, clients: list[dict[str, Any]], path: str, bare_path: str, **job: Any
    ) -> Sample:
        database = self.place.postgres.pid
        if variant == "raw":
            job |= {
                "database": self.place.environment["DATABASE_URL"],
                "script": self.script.as_json(),
                "clients": clients,
            }
            return run_clients("raw", job, database=database)[0]
        web = self.ours if variant == "ours" else self.bare
        kind = "application/x-ndjson" if path == BULK else "application/json"
        head = (
            self.scene.producer_head(path, kind)
            if variant == "ours"
            else _BARE_HEAD.format(path=bare_path)
        )
        job |= {"port": web.port, "clients": [{**one, "head": head} for one in clients]}
        return run_clients("load", job, application=web.process.pid, database=database)[0]


_OVERHEAD_SQL = """
    SELECT extract(epoch FROM r.at - i.received_at) - coalesce(c.latency_ms, 0) / 1000.0
    FROM review_item i
    LEFT JOIN review_route r ON r.item_id = i.id
    LEFT JOIN review_candidate k ON k.id = r.candidate_id
    LEFT JOIN review_call c ON c.id = k.call_id
    WHERE i.received_at >= %s
"""


def overheads_since(began: Any, *, wait_seconds: float) -> Sample:
    """Seconds from intake to route without the model's own, of all items since `began`."""
    deadline = time.monotonic() + wait_seconds
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_OVERHEAD_SQL, [began])
            found = [row[0] for row in cursor.fetchall()]
        if all(one is not None for one in found):
            return Sample([float(one) for one in found])
        if time.monotonic() > deadline:
            missing = sum(1 for one in found if one is None)
            raise RuntimeError(f"{missing} of {len(found)} items were not routed in time.")
        time.sleep(0.2)


def bare_overheads(place: Place, *, expected: int, wait_seconds: float) -> Sample:
    """Seconds from the bare view to the end of the bare worker's statements."""
    deadline = time.monotonic() + wait_seconds
    with Redis.from_url(place.redis.url()) as client:
        while int(client.llen(LATENCIES_KEY)) < expected and time.monotonic() < deadline:  # type: ignore[arg-type]
            time.sleep(0.1)
        return Sample([float(one) for one in client.lrange(LATENCIES_KEY, 0, -1)])  # type: ignore[union-attr]
