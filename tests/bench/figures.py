"""From samples to the table's rows; the aims stand here, once."""

from collections.abc import Mapping, Sequence

from tests.bench.footprint import Memory
from tests.bench.measures import Sample
from tests.bench.reviewing import VARIANTS, Result
from tests.bench.screen import Screen
from tests.bench.table import Section, row

BULK_LINES = 10_000
BULK_PRODUCERS = 2
_COUNTED = {"web", "worker-inference", "worker"}


def reviewing(results: Mapping[int, Result], statements: int) -> list[Section]:
    sections = []
    smallest, largest = min(results), max(results)
    for size, result in results.items():
        samples = [result.together[variant] for variant in VARIANTS]
        alone = [result.alone[variant] for variant in VARIANTS]
        ours, bare, _ = samples
        rows = [
            row(
                "reviews",
                "a second",
                [one.rate for one in samples],
                "half of bare",
                lambda rate, bare=bare: rate >= bare.rate / 2,
            ),
            row("p50", "ms", [one.percentile(50) for one in samples]),
            row(
                "p95",
                "ms",
                [one.percentile(95) for one in samples],
                "under 60",
                lambda ms: ms < 60,
            ),
            row("p99", "ms", [one.percentile(99) for one in samples]),
            row(
                "p50 alone",
                "ms",
                [one.percentile(50) for one in alone],
                "under 10",
                lambda ms: ms < 10,
            ),
            row(
                "CPU of the application",
                "ms a review",
                [ours.cpu_ms(ours.application_cpu), bare.cpu_ms(bare.application_cpu), None],
            ),
            row(
                "CPU of PostgreSQL",
                "ms a review",
                # The raw clients' connections are new each time, which would count with them.
                [*(one.cpu_ms(one.database_cpu) for one in samples[:2]), None],
            ),
        ]
        sections.append(Section(f"Decide and next, {size:,} open tasks, 8 reviewers", rows))
    growth = [
        results[largest].together[variant].percentile(95)
        / results[smallest].together[variant].percentile(95)
        for variant in VARIANTS
    ]
    rows = [row("SQL statements", "", [statements] * 3, "at most 12", lambda n: n <= 12)]
    if largest > smallest:
        what = f"p95 at {largest:,} to p95 at {smallest:,}"
        rows.append(row(what, "", growth, "within 1.3", lambda ratio: ratio <= 1.3))
    sections.append(Section("Decide and next", rows))
    return sections


def intake(single: Mapping[str, Sample], bulk: Mapping[str, Sample]) -> Section:
    ones = [single[variant] for variant in VARIANTS]
    many = [bulk[variant].rate * BULK_LINES for variant in VARIANTS]
    return Section(
        "Items in",
        [
            row(
                "one by one, 8 producers",
                "a second",
                [one.rate for one in ones],
                "at least 500",
                lambda rate: rate >= 500,
            ),
            row("p50", "ms", [one.percentile(50) for one in ones]),
            row("p99", "ms", [one.percentile(99) for one in ones]),
            row(
                "CPU of the application",
                "ms an item",
                [one.cpu_ms(one.application_cpu) for one in ones[:2]] + [None],
            ),
            row(
                f"in bulk, {BULK_PRODUCERS} producers, {BULK_LINES:,} lines a call",
                "a second",
                many,
                "at least 10,000",
                lambda rate: rate >= 10_000,
            ),
        ],
    )


def overhead(samples: Mapping[str, Sample], rate: int) -> Section:
    values = [samples[variant] for variant in VARIANTS]
    return Section(
        f"From intake to route beyond the model's own time, {rate} items a second",
        [
            row("p50", "ms", [one.percentile(50) for one in values]),
            row(
                "p99",
                "ms",
                [one.percentile(99) for one in values],
                "under 500",
                lambda ms: ms < 500,
            ),
        ],
    )


def footprint(
    memories: Sequence[Memory], bare: Memory, raw: Memory, starts: Sequence[float | None]
) -> list[Section]:
    rows = []
    for memory in memories:
        limits = [bare.pss, raw.pss] if memory.name == "web" else [None, None]
        rows.append(row(f"{memory.name} (RSS {memory.rss:.0f})", "MiB PSS", [memory.pss, *limits]))
    counted = [one.pss for one in memories if one.name in _COUNTED]
    rows.append(
        row(
            "web and workers together",
            "MiB PSS",
            [sum(counted), None, None],
            "within 400",
            lambda mib: mib <= 400,
        )
    )
    return [
        Section("Memory after the load", rows),
        Section("Start", [row("to the first good answer", "s", starts)]),
    ]


def screen(found: Screen, tasks: int) -> Section:
    """The review screen in a browser, beside the smallest request that the same page can make."""
    floor = found.floor.percentile(95)
    rows = [
        row(
            "key to usable, prepared, p95",
            "ms",
            [found.prepared.usable.percentile(95), floor, None],
            "under 300",
            lambda ms: ms < 300,
        ),
        row(
            "key to usable, cold, p95",
            "ms",
            [found.cold.usable.percentile(95), floor, None],
            "under 800",
            lambda ms: ms < 800,
        ),
        row(
            "… with its picture, prepared", "ms", [found.prepared.drawn.percentile(95), floor, None]
        ),
        row("… with its picture, cold", "ms", [found.cold.drawn.percentile(95), floor, None]),
        row(
            "server's part, p95",
            "ms",
            [found.cold.server.percentile(95), floor, None],
            "under 100",
            lambda ms: ms < 100,
        ),
        row(
            "first load of the page",
            "KB",
            [found.first_load_bytes / 1000, None, None],
            "under 200",
            lambda kilobytes: kilobytes < 200,
        ),
        row(
            "requests to other machines",
            "",
            [found.foreign_requests, None, None],
            "none",
            lambda count: count == 0,
        ),
    ]
    return Section(f"Review screen in Chromium, beside {tasks:,} open tasks", rows)
