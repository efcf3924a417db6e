"""Open tasks by the million, in the shape that intake and routing give them, loaded by SQL."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

# Ids follow from a number, so that whoever knows a task knows its item and candidate without
# asking. They have UUIDv7's form: 48 bits of time first, so rows lie in the order they came.
BASE_MS = 1_735_689_600_000  # 2025-01-01
_TAGS = {"item": "8001", "call": "8002", "candidate": "8003", "route": "8004", "task": "8005"}


@dataclass(frozen=True)
class Line:
    """The queue to fill and what its items look like; `samples` are (payload, output) pairs."""

    process: str
    contract: UUID
    version: UUID
    producer: UUID
    queue: int
    samples: list[tuple[dict[str, Any], dict[str, Any]]]


def ids_of(task: UUID | str) -> dict[str, str]:
    """The ids of a loaded task and of the rows around it, by kind."""
    text = str(task)
    return {kind: f"{text[:19]}{tag}{text[23:]}" for kind, tag in _TAGS.items()}


def is_loaded(task: UUID | str) -> bool:
    return str(task)[19:23] == _TAGS["task"]


def _id(kind: str) -> str:
    base = "lpad(to_hex(%(base)s + n), 12, '0')"
    return (
        f"(substr({base}, 1, 8) || '-' || substr({base}, 9, 4) || '-7000-{_TAGS[kind]}-' || "
        "lpad(to_hex(n), 12, '0'))::uuid"
    )


_RECEIVED = "now() - interval '1 hour' + n * interval '1 millisecond'"
# In the order of arrival, as the contract's due time gives it; a few urgent, some that can wait.
_PRIORITY = "(CASE WHEN n %% 2000 = 999 THEN 80 WHEN n %% 20 = 7 THEN 20 ELSE 50 END)"
_DUE = f"{_RECEIVED} + interval '1 day'"
# As review.tasks.ranking gives it.
_ORDER = f"{_DUE} - ({_PRIORITY} - 50) * interval '15 minutes'"
_NUMBERS = "FROM generate_series(%(first)s::bigint, %(last)s::bigint) n"
_SAMPLE = f"{_NUMBERS} JOIN bench_sample s ON s.place = n %% %(samples)s"

_STATEMENTS = [
    f"""
    INSERT INTO review_item (id, process_id, contract_id, producer_id, external_id, payload,
        segment, priority, due_at, state, salt, seed, received_at, attempts, not_before,
        hint_at)
    SELECT {_id("item")}, %(process)s, %(contract)s, %(producer)s, 'bench-' || n, s.payload,
        'default', {_PRIORITY}, {_DUE}, 'waiting', decode(md5(n::text), 'hex'),
        decode(md5('seed' || n), 'hex'), {_RECEIVED}, 1, {_RECEIVED}, {_RECEIVED} {_SAMPLE}
    """,
    f"""
    INSERT INTO review_call (id, item_id, attempt, provider, version_id, prompt_sha256, outcome,
        error, latency_ms, input_tokens, output_tokens, cost_micros, at)
    SELECT {_id("call")}, {_id("item")}, 1, 'local', %(version)s, repeat(md5(n::text), 2),
        'answered', '', 2, 0, 0, 0, {_RECEIVED} {_NUMBERS}
    """,
    f"""
    INSERT INTO review_candidate (id, item_id, call_id, output, confidence, sources, raw,
        created_at)
    SELECT {_id("candidate")}, {_id("item")}, {_id("call")}, s.output, %(confidence)s, %(sources)s,
        s.output::text, {_RECEIVED} {_SAMPLE}
    """,
    f"""
    INSERT INTO review_route (id, item_id, candidate_id, outcome, reasons, stage, is_sampled, at)
    SELECT {_id("route")}, {_id("item")}, {_id("candidate")}, 'review',
        '[{{"code": "stage_assisted"}}]', 'assisted', false, {_RECEIVED} {_NUMBERS}
    """,
    f"""
    INSERT INTO review_task (id, item_id, queue_id, kind, state, is_blind, is_escalated, slots,
        priority, due_at, opened_at, order_at)
    SELECT {_id("task")}, {_id("item")}, %(queue)s, 'review', 'open', false, false, 1,
        {_PRIORITY}, {_DUE}, {_RECEIVED}, {_ORDER} {_NUMBERS}
    """,
]
TABLES = ("review_item", "review_call", "review_candidate", "review_route", "review_task")


def open_count(connection: psycopg.Connection[Any], line: Line) -> int:
    row = connection.execute(
        "SELECT count(*) FROM review_task WHERE queue_id = %s AND state = 'open'", [line.queue]
    ).fetchone()
    return int(row[0]) if row else 0


def fill(
    connection: psycopg.Connection[Any], line: Line, size: int, *, is_superuser: bool = True
) -> int:
    """Bring the queue to `size` open tasks; returns how many were added.

    A superuser leaves out the checks of foreign keys, which are a trigger each, since the rows are
    right by the way they are made.
    """
    missing = size - open_count(connection, line)
    if missing <= 0:
        return 0
    row = connection.execute(
        "SELECT count(*) FROM review_item WHERE external_id LIKE 'bench-%'"
    ).fetchone()
    first = int(row[0]) if row else 0
    fields = list(line.samples[0][1])
    parameters = {
        "base": BASE_MS,
        "first": first,
        "last": first + missing - 1,
        "samples": len(line.samples),
        "process": line.process,
        "contract": line.contract,
        "producer": line.producer,
        "version": line.version,
        "queue": line.queue,
        "confidence": json.dumps(dict.fromkeys(fields, 0.7)),
        "sources": json.dumps(dict.fromkeys(fields, "class_probability")),
    }
    with connection.transaction():
        if is_superuser:
            connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(
            "CREATE TEMPORARY TABLE bench_sample (place int PRIMARY KEY, payload jsonb,"
            " output jsonb)"
        )
        for place, (payload, output) in enumerate(line.samples):
            connection.execute(
                "INSERT INTO bench_sample VALUES (%s, %s, %s)",
                [place, json.dumps(payload), json.dumps(output)],
            )
        cursor = psycopg.ClientCursor(connection)
        for statement in _STATEMENTS:
            cursor.execute(statement, parameters)
        connection.execute("DROP TABLE bench_sample")
    return missing


def cancel_others(connection: psycopg.Connection[Any], line: Line) -> None:
    """Take tasks that were not loaded, but routed, out of the way: replays need known ids."""
    connection.execute(
        "UPDATE review_task SET state = 'cancelled' WHERE queue_id = %s AND state = 'open'"
        " AND substr(id::text, 20, 4) <> %s",
        [line.queue, _TAGS["task"]],
    )


def settle_down(connection: psycopg.Connection[Any]) -> None:
    """Statistics and visibility as after a quiet night, and no checkpoint due while measuring."""
    for table in (*TABLES, "governance_entry", "governance_outbox", "review_effect"):
        connection.execute(f"VACUUM (ANALYZE) {table}")
    connection.execute("CHECKPOINT")
