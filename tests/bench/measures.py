"""What a run of clients amounts to, and how it is run."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

from tests.bench.place import ROOT, cpu_seconds


@dataclass
class Sample:
    """Latencies of one or more rounds, with the processor time that the servers spent on them."""

    latencies: list[float] = field(default_factory=list)  # seconds
    elapsed: float = 0.0
    application_cpu: float = 0.0  # seconds
    database_cpu: float = 0.0

    def add(self, other: Sample) -> None:
        self.latencies += other.latencies
        self.elapsed += other.elapsed
        self.application_cpu += other.application_cpu
        self.database_cpu += other.database_cpu

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.elapsed if self.elapsed else 0.0

    def percentile(self, percent: float) -> float:
        """Milliseconds that this share of the requests stayed within (nearest rank)."""
        ordered = sorted(self.latencies)
        if not ordered:
            return 0.0
        return ordered[math.ceil(percent / 100 * len(ordered)) - 1] * 1000

    def cpu_ms(self, seconds: float) -> float:
        return seconds * 1000 / len(self.latencies) if self.latencies else 0.0


class ClientsFailed(RuntimeError):
    """A client got an answer that is not good."""


def run_clients(
    module: str,
    job: dict[str, Any],
    *,
    application: int | None = None,
    database: int | None = None,
) -> tuple[Sample, list[str | None]]:
    """Run `load` or `raw` in a process of its own; returns what it measured and tasks held now.

    application and database are the first processes whose processor time is counted.
    """
    before = _cpu(application), _cpu(database)
    done = subprocess.run(
        [sys.executable, "-m", f"tests.bench.{module}"],
        input=json.dumps(job).encode(),
        capture_output=True,
        cwd=ROOT,
        timeout=120 + job["seconds"],
        check=False,
    )
    if done.returncode:
        raise ClientsFailed(done.stderr.decode(errors="replace")[-3000:])
    after = _cpu(application), _cpu(database)
    result = json.loads(done.stdout)
    if result["problems"]:
        raise ClientsFailed(result["problems"][0])
    sample = Sample(
        result["latencies"], result["elapsed"], after[0] - before[0], after[1] - before[1]
    )
    return sample, result["tasks"]


def _cpu(pid: int | None) -> float:
    return 0.0 if pid is None else cpu_seconds(pid)
