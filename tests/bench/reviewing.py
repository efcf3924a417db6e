"""Decide-and-next: eight reviewers without think time, and one alone, at growing backlogs."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.bench import backlog
from tests.bench.measures import Sample, run_clients
from tests.bench.place import Place, Web
from tests.bench.scene import DECISION, Reviewer, Scene
from tests.bench.script import Script

NEXT = r'"next": ?\{"id": ?"([0-9a-f-]{36})"'
VARIANTS = ("ours", "bare", "raw")
_MOST_ROUNDS = 12
_BARE_HEAD = (
    "POST /decide/{actor}/{{task}} HTTP/1.1\r\nHost: localhost\r\n"
    "Content-Type: application/json\r\nContent-Length: {{length}}\r\n\r\n"
)


@dataclass
class Result:
    """Samples by variant: all reviewers at once, and one alone."""

    together: dict[str, Sample] = field(default_factory=dict)
    alone: dict[str, Sample] = field(default_factory=dict)


@dataclass(frozen=True)
class Servers:
    place: Place
    ours: Web
    bare: Web
    script: Script


def measure(
    servers: Servers,
    scene: Scene,
    sizes: list[int],
    *,
    seconds: float,
    alone: int,
    say: Callable[[str], None],
) -> dict[int, Result]:
    """For each size: rounds of the three variants in turn, so that noise meets all alike."""
    results = {}
    with servers.place.superuser() as connection:
        backlog.cancel_others(connection, scene.line)
        for size in sizes:
            say(f"filling the queue to {size:,} open tasks")
            backlog.fill(connection, scene.line, size)
            backlog.settle_down(connection)
            say(f"deciding at {size:,}")
            result = results[size] = Result()
            for variant in VARIANTS:  # connections, prepared statements, caches
                _run(servers, scene, scene.reviewers, variant, seconds=2, each=10)
            for variant in VARIANTS:
                backlog.fill(connection, scene.line, size)
                first = scene.reviewers[:1]
                result.alone[variant] = _run(
                    servers, scene, first, variant, seconds=seconds, each=min(alone, size // 4)
                )
            each = size // 2 // len(scene.reviewers)
            for _ in range(_MOST_ROUNDS):
                for variant in VARIANTS:
                    sample = result.together.setdefault(variant, Sample())
                    if sample.elapsed >= seconds:
                        continue
                    backlog.fill(connection, scene.line, size)
                    sample.add(
                        _run(
                            servers,
                            scene,
                            scene.reviewers,
                            variant,
                            seconds=max(0.5, seconds / 3),
                            each=each,
                        )
                    )
    return results


def _run(
    servers: Servers,
    scene: Scene,
    reviewers: list[Reviewer],
    variant: str,
    *,
    seconds: float,
    each: int,
) -> Sample:
    held = [(reviewer, scene.held(reviewer)) for reviewer in reviewers]
    job: dict[str, Any] = {"seconds": seconds, "each": each, "next": NEXT}
    database = servers.place.postgres.pid
    if variant == "raw":
        clients = [{"actor": str(one.user.pk), "task": task} for one, task in held]
        job |= {
            "database": servers.place.environment["DATABASE_URL"],
            "script": servers.script.as_json(),
            "clients": clients,
        }
        return run_clients("raw", job, database=database)[0]
    web = servers.ours if variant == "ours" else servers.bare
    job["port"] = web.port
    job["clients"] = [
        {
            "head": one.head() if variant == "ours" else _BARE_HEAD.format(actor=one.user.pk),
            "body": DECISION,
            "task": task,
        }
        for one, task in held
    ]
    return run_clients("load", job, application=web.process.pid, database=database)[0]


def write_scripts(place: Place, scripts: dict[str, Any]) -> None:
    """For the bare views, which read them when they are first asked."""
    place.script_file.write_text(json.dumps(scripts))
