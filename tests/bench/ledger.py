"""The ledger's figures: `python -m tests.bench.ledger [writers|lag|offline|explorer|all]`.

writers: transactions of 10 ms by 16 clients that append an entry, beside the same with a plain
insert of the same row, in rounds that take turns, so that what else the machine does hits both.
lag: how old the oldest entry without a checkpoint becomes while they write and the beat's two jobs
run at their periods. offline: a million entries exported and verified by the auditor's program.
explorer: each search of the audit page on that ledger.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from tests.bench.place import Place

CLIENTS = 16
HELD_SECONDS = 0.010
_KINDS = ("item.received", "candidate.made", "item.routed", "task.opened", "decision.made")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ledger", description=__doc__)
    parser.add_argument("what", nargs="?", default="all")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each round")
    options = parser.parse_args()
    with Place() as place:
        os.environ |= place.environment | {"DATABASE_URL": place.owner_url}
        import django

        django.setup()
        from django.core.management import call_command

        from governance.ledger.keys import generate_key

        call_command("migrate", verbosity=0)
        generate_key()
        is_all = options.what == "all"
        if is_all or options.what == "writers":
            writers(options.rounds, options.seconds)
        if is_all or options.what == "lag":
            lag(150.0)
        if is_all or options.what in ("offline", "explorer"):
            fill(options.entries)
        if is_all or options.what == "explorer":
            explorer()
        if is_all or options.what == "offline":
            offline()
    return 0


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


# --- writers -----------------------------------------------------------------------------------

_PLAIN = (
    "INSERT INTO bench_plain (id, at, item, process, actor, kind, data, hash)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)


def writers(rounds: int, seconds: float) -> None:
    """Entries a second, plain and appended, and the ratio of each pair of rounds."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_plain (id uuid PRIMARY KEY, at timestamptz, item uuid,"
            " process varchar(60), actor varchar(120), kind varchar(60), data jsonb, hash bytea)"
        )
    _round(_insert_plain, 1.0)
    _round(_append, 1.0)
    pairs = []
    for number in range(rounds):
        order = (_insert_plain, _append) if number % 2 == 0 else (_append, _insert_plain)
        rates = {way: _round(way, seconds) for way in order}
        pairs.append((rates[_insert_plain], rates[_append]))
        say(f"plain {pairs[-1][0]:,.0f}/s, appended {pairs[-1][1]:,.0f}/s")
    ratios = [appended / plain for plain, appended in pairs]
    say(
        f"writers: {CLIENTS} clients, {HELD_SECONDS * 1000:.0f} ms transactions, {rounds} rounds:"
        f" plain {statistics.median(one for one, _ in pairs):,.0f}/s,"
        f" appended {statistics.median(one for _, one in pairs):,.0f}/s,"
        f" ratio {statistics.median(ratios):.1%} ({min(ratios):.1%} to {max(ratios):.1%})"
    )


def _round(way: Any, seconds: float) -> float:
    """Transactions a second by all clients together."""
    until = time.monotonic() + seconds
    counts = [0] * CLIENTS

    def client(number: int) -> None:
        from django.db import connection, transaction

        while time.monotonic() < until:
            with transaction.atomic():
                way()
                time.sleep(HELD_SECONDS)
            counts[number] += 1
        connection.close()

    threads = [threading.Thread(target=client, args=(one,)) for one in range(CLIENTS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - began)


DATA = {"task": "0" * 36, "verdict": "accept", "output": {"category": "bill", "amount": 12.5}}


def _insert_plain() -> None:
    from django.db import connection
    from django.utils import timezone

    from governance.identifiers import uuid7

    with connection.cursor() as cursor:
        row = (uuid7(), timezone.now(), uuid7(), "desk", "system:bench", "decision.made")
        cursor.execute(_PLAIN, [*row, json.dumps(DATA), b"h" * 32])


def _append() -> None:
    from governance.identifiers import uuid7
    from governance.ledger.operations import append

    append("decision.made", item=uuid7(), process="desk", actor="system:bench", data=DATA)


# --- lag ---------------------------------------------------------------------------------------


def lag(seconds: float) -> None:
    """The greatest age of an entry without a checkpoint, sampled each second under load."""
    from django.conf import settings

    from governance.ledger.checkpoints import checkpoint
    from governance.ledger.sequencing import sequence

    # What was written before, while no beat ran, is none of its lag.
    sequence()
    checkpoint()
    over = threading.Event()

    def beat(job: Any, period: float) -> None:
        from django.db import connection

        while not over.wait(period):
            job()
        connection.close()

    jobs = [
        threading.Thread(target=beat, args=(sequence, settings.SEQUENCE_SECONDS)),
        threading.Thread(target=beat, args=(checkpoint, settings.CHECKPOINT_SECONDS)),
    ]
    load = threading.Thread(target=_round, args=(_append, seconds))
    for thread in (*jobs, load):
        thread.start()
    worst, until = 0.0, time.monotonic() + seconds
    while time.monotonic() < until:
        worst = max(worst, _unsealed_age())
        time.sleep(1.0)
    over.set()
    for thread in (*jobs, load):
        thread.join()
    say(f"lag: oldest entry without a checkpoint {worst:.1f} s, over {seconds:.0f} s of load")


def _unsealed_age() -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(e.at)), 0) FROM ("
            " SELECT entry FROM (SELECT entry FROM governance_leaf WHERE index >="
            "  (SELECT coalesce(max(size), 0) FROM governance_checkpoint)"
            " ORDER BY index LIMIT 20) l UNION ALL"
            " SELECT entry FROM (SELECT entry FROM governance_outbox ORDER BY id LIMIT 20) o"
            ") waiting JOIN governance_entry e ON e.id = waiting.entry"
        )
        return float(cursor.fetchone()[0])


# --- a million entries -------------------------------------------------------------------------


def fill(count: int) -> None:
    """Entries of five kinds, six processes and forty people, with a checkpoint every 10,000."""
    from django.db import connection, transaction

    from governance.identifiers import uuid7
    from governance.ledger.checkpoints import checkpoint
    from governance.ledger.operations import Event, append_bulk
    from governance.ledger.sequencing import sequence

    began = time.monotonic()
    people = [f"user:{uuid7()}" for _ in range(40)]
    for start in range(0, count, 10_000):
        batch = []
        for number in range(start, min(start + 10_000, count), 5):
            item = uuid7()
            for place, kind in enumerate(_KINDS):
                data: dict[str, Any] = {"number": number, "confidence": {"category": 0.9731}}
                data["output"] = {"category": "bill", "note": {"commitment": "ab" * 32}}
                if kind == "candidate.made":
                    data["version"] = "cd" * 32
                actor = people[number % 40] if place == 4 else "system:routing"
                process = f"process-{number // 5 % 6}"
                batch.append(Event(kind, data, actor, item, process))
        with transaction.atomic():
            append_bulk(batch)
        sequence()
        checkpoint()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE governance_entry")
        cursor.execute("VACUUM ANALYZE governance_leaf")
    say(f"filled {count:,} entries in {time.monotonic() - began:.0f} s")


def offline() -> None:
    """Export all of it, and verify it as an auditor does; seconds and peak memory."""
    from django.utils import timezone

    from governance.audit import bundle
    from governance.audit.exporting import seal

    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "bundle.zip"
        began = time.monotonic()
        made = bundle.write(
            path, bundle.Scope(), actor="system:bench", now=timezone.now(), size=seal()
        )
        say(
            f"exported {made.entries:,} entries in {time.monotonic() - began:.1f} s,"
            f" {path.stat().st_size / 2**20:.0f} MiB"
        )
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, str(bundle.VERIFIER), str(path)], capture_output=True, text=True
        )
        say(
            f"offline: verified in {time.monotonic() - began:.1f} s, exit code {done.returncode}:"
            f" {done.stdout.splitlines()[1] if done.stdout else done.stderr}"
        )


def explorer() -> None:
    """Milliseconds of each search, the median of five."""
    from django.utils import timezone

    from governance.audit.finding import Wanted, find
    from governance.ledger.models import Entry

    few = ["process-3"]
    every = [f"process-{number}" for number in range(6)]
    newest = Entry.objects.order_by("-id").first()
    middle = Entry.objects.order_by("id")[Entry.objects.count() // 2]
    assert newest is not None
    searches = {
        "newest": Wanted(every),
        "newest of one process": Wanted(few),
        "a kind": Wanted(every, kind="decision.made"),
        "a group": Wanted(few, kind="item."),
        "a person": Wanted(every, actor=newest.actor),
        "a person and a kind": Wanted(every, actor=newest.actor, kind="item.routed"),
        "a version": Wanted(every, versions=["cd" * 32]),
        "an item": Wanted(every, items=[newest.item] if newest.item else []),
        "a time": Wanted(every, until=middle.at),
        "a time long past": Wanted(every, until=timezone.now().replace(year=2020)),
    }
    for name, wanted in searches.items():
        took = []
        for _ in range(5):
            began = time.monotonic()
            page = find(wanted)
            took.append((time.monotonic() - began) * 1000)
        say(f"explorer: {name}: {statistics.median(took):.1f} ms, {len(page.entries)} entries")
    began = time.monotonic()
    find(Wanted(every), before=middle.id)
    say(f"explorer: a page in the middle: {(time.monotonic() - began) * 1000:.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
