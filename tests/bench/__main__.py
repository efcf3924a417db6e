"""Runs everything in order and prints the table; see the package's docstring."""

import argparse
import os
import platform
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

import psutil

from tests.bench.place import Place

STEADY_RATE = 20  # items a second, of the aim


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute, rough figures")
    parser.add_argument("--backlogs", help="open tasks to decide at, such as 1000,1000000")
    options = parser.parse_args()
    sizes = options.backlogs or ("1000,20000" if options.quick else "1000,100000,1000000")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _asked)
    began = time.monotonic()
    busy, stolen = _busy_seconds(), _stolen_seconds()
    with Place() as place:
        try:
            text = _measure(place, sorted({int(one) for one in sizes.split(",")}), options.quick)
        except Exception:
            print(place.complaints(), file=sys.stderr)
            raise
    elapsed = time.monotonic() - began
    print(_conditions(elapsed, _busy_seconds() - busy, _stolen_seconds() - stolen))
    print(text)
    return 0


def _asked(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def _measure(place: Place, sizes: list[int], is_quick: bool) -> str:
    # This process is the administrator: it migrates, sets the scene and fills queues.
    os.environ |= place.environment | {"DATABASE_URL": place.owner_url}
    import django

    django.setup()
    from tests.bench.run import Run

    return Run(place, sizes, is_quick=is_quick, say=_say).table()


_began = time.monotonic()


def _say(text: str) -> None:
    print(f"{time.monotonic() - _began:6.1f} s  {text}", file=sys.stderr, flush=True)


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.system + times.nice + getattr(times, "irq", 0.0))


def _stolen_seconds() -> float:
    """What the host of a virtual machine gave to others while this one had work."""
    return float(getattr(psutil.cpu_times(), "steal", 0.0))


def _conditions(elapsed: float, busy: float, stolen: float) -> str:
    own = sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
    cores = psutil.cpu_count() or 1
    others = max(0.0, busy - own) / (elapsed * cores)
    return (
        f"\nCountersign on {_processor()}, {cores} cores, Python {platform.python_version()}; "
        f"server, database and clients share them.\n"
        f"Commits are durable. {others:.0%} of the machine went to processes outside this run and "
        f"{stolen / (elapsed * cores):.0%} to other machines on its host.\n"
        f"It took {elapsed:.0f} s.\n"
    )


def _processor() -> str:
    facts: dict[str, Any] = {}
    if Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = line.partition(":")
            facts.setdefault(name.strip(), value.strip())
    return str(facts.get("model name") or platform.machine())


if __name__ == "__main__":
    sys.exit(main())
