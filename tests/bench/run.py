"""The phases of one run, in the order that keeps them out of each other's way."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from tests.bench import backlog, figures, footprint, recording, reviewing, scene, screen, table
from tests.bench.__main__ import STEADY_RATE
from tests.bench.intake import Intake, bare_overheads, overheads_since
from tests.bench.measures import Sample
from tests.bench.place import Place, Started, Web
from tests.bench.reviewing import VARIANTS, Servers
from tests.bench.script import Script

REVIEWERS = 8
WARM_SECONDS = 2
_BARE_WORKER = (
    "exec celery --quiet --app tests.bench.bare.worker worker --queues bare --pool threads "
    "--concurrency 4 --loglevel WARNING --without-mingle --without-gossip --without-heartbeat"
)


@dataclass(frozen=True)
class Lengths:
    """How long each phase takes."""

    deciding_seconds: float
    alone: int
    intake_seconds: float
    bulk_calls: int
    steady_seconds: float
    starts: int
    invoices: int


FULL = Lengths(9, 200, 8, 2, 20, 3, 40)
QUICK = Lengths(1.5, 40, 1.5, 1, 3, 1, 8)


class Run:
    """One run on a place; `table()` does it all."""

    def __init__(
        self, place: Place, sizes: list[int], *, is_quick: bool, say: Callable[[str], None]
    ) -> None:
        self.place = place
        self.sizes = sizes
        self.lengths = QUICK if is_quick else FULL
        self.say = say

    def table(self) -> str:
        self.say("setting the scene")
        self.scene = scene.make(REVIEWERS)
        self._record()
        starts = self._starts()
        self.ours = self.place.web()
        self.bare = self.place.bare()
        overhead, memories = self._overhead()
        single, bulk = self._intake()
        servers = Servers(self.place, self.ours, self.bare, self.scripts["decide"])
        results = reviewing.measure(
            servers,
            self.scene,
            self.sizes,
            seconds=self.lengths.deciding_seconds,
            alone=self.lengths.alone,
            say=self.say,
        )
        seen = screen.measure(self.place, decisions=self.lengths.invoices, say=self.say)
        scene.close()
        memories = [footprint.memory_of(self.ours), *memories]
        sections = [
            *figures.reviewing(results, len(self.scripts["decide"])),
            *([figures.screen(seen, max(self.sizes))] if seen else []),
            figures.intake(single, bulk),
            figures.overhead(overhead, STEADY_RATE),
            *figures.footprint(memories, footprint.memory_of(self.bare), self.raw_memory, starts),
        ]
        return table.rendered(sections)

    def _record(self) -> None:
        """Statements of each path, from real requests on a small backlog."""
        with self.place.superuser() as connection:
            backlog.fill(connection, self.scene.line, 1000)
            backlog.settle_down(connection)
        self.scripts: dict[str, Script] = {
            "decide": recording.decide(self.scene, self.scene.reviewers[0])[0],
            "receive": recording.receive(self.scene)[0],
            "route": recording.route(self.scene),
        }
        content = {name: script.as_json() for name, script in self.scripts.items()}
        reviewing.write_scripts(self.place, content | {"bulk": self.scene.constants()})

    def _starts(self) -> list[float | None]:
        """Median seconds to the first good answer, after one start that fills the disk's cache."""
        self.say("starting and stopping")
        found: list[list[float]] = [[], [], []]
        for number in range(self.lengths.starts + 1):
            webs: list[Web] = [self.place.web()]
            webs[0].stop()
            webs.append(self.place.bare())
            webs[1].stop()
            raw_seconds, self.raw_memory = footprint.raw_client(self.place)
            if number:
                for values, value in zip(
                    found, [*(web.start_seconds for web in webs), raw_seconds], strict=True
                ):
                    values.append(value)
        return [statistics.median(values) for values in found]

    def _overhead(self) -> tuple[dict[str, Sample], list[footprint.Memory]]:
        """From intake to route with real workers; returns their memory too."""
        self.say(f"handing in {STEADY_RATE} items a second")
        names = ["worker-inference", "worker", "beat"]
        started: list[Started] = [self.place.start(name) for name in names]
        intake = self._of("receive")
        begin = timezone.now()
        # The workers come up meanwhile, and the model loads.
        intake.steady("ours", rate=STEADY_RATE, seconds=WARM_SECONDS)
        overheads_since(begin, wait_seconds=60)
        begin = timezone.now()
        intake.steady("ours", rate=STEADY_RATE, seconds=self.lengths.steady_seconds)
        samples = {"ours": overheads_since(begin, wait_seconds=60)}
        memories = [footprint.memory_of(one) for one in started]
        for one in started:
            one.stop()
        bare_worker = self.place.run("bare-worker", _BARE_WORKER)
        count = int(STEADY_RATE * self.lengths.steady_seconds)
        intake.steady("bare", rate=STEADY_RATE, seconds=WARM_SECONDS)
        expected = WARM_SECONDS * STEADY_RATE
        warm = len(bare_overheads(self.place, expected=expected, wait_seconds=20).latencies)
        intake.steady("bare", rate=STEADY_RATE, seconds=self.lengths.steady_seconds)
        found = bare_overheads(self.place, expected=warm + count, wait_seconds=20)
        samples["bare"] = Sample(found.latencies[warm:])
        bare_worker.stop()
        whole = self._of("receive", "route")
        samples["raw"] = whole.one_by_one("raw", clients=1, seconds=2)
        return samples, memories

    def _intake(self) -> tuple[dict[str, Sample], dict[str, Sample]]:
        """One by one and in bulk, while no worker takes the processor."""
        self.say("handing items in")
        intake, seconds = self._of("receive"), self.lengths.intake_seconds
        single: dict[str, Sample] = {variant: Sample() for variant in VARIANTS}
        for variant in VARIANTS:
            intake.one_by_one(variant, clients=REVIEWERS, seconds=0.5)
        for _ in range(2):
            for variant in VARIANTS:
                single[variant].add(
                    intake.one_by_one(variant, clients=REVIEWERS, seconds=seconds / 2)
                )
        self.say("handing items in by bulk")
        bulk = {}
        for variant in VARIANTS:
            intake.bulk(variant, clients=1, lines=100, calls=1)
            bulk[variant] = intake.bulk(
                variant,
                clients=figures.BULK_PRODUCERS,
                lines=figures.BULK_LINES,
                calls=self.lengths.bulk_calls,
            )
        time.sleep(0.2)
        self.place.redis.flush()
        return single, bulk

    def _of(self, *names: str) -> Intake:
        statements = [one for name in names for one in self.scripts[name].statements]
        return Intake(self.place, self.scene, self.ours, self.bare, Script(statements))
