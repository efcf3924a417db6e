"""Finding entries of the ledger, newest first, at a cost that does not grow with it.

Every search is a set of probes of an index, one for each process and kind that may have answers,
each stopping after a page; the newest of what they find is the page. So a person who may see one
small process of many does not read through the others.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction

from governance.audit.period import id_range
from governance.errors import InvalidInput
from governance.ledger.models import Checkpoint

PAGE = 50
TIMEOUT_MILLISECONDS = 5_000

# Every kind that occurs in a process, by one probe of entry_by_kind for each.
_KINDS = """
WITH RECURSIVE k(process, kind) AS (
    SELECT p, (SELECT min(e.kind) FROM governance_entry e WHERE e.process = p)
    FROM unnest(%(processes)s::text[]) p
    UNION ALL
    SELECT k.process, (SELECT min(e.kind) FROM governance_entry e
        WHERE e.process = k.process AND e.kind > k.kind)
    FROM k WHERE k.kind IS NOT NULL
), loose(kind) AS (
    SELECT min(e.kind) FROM governance_entry e WHERE e.process IS NULL
    UNION ALL
    SELECT (SELECT min(e.kind) FROM governance_entry e
        WHERE e.process IS NULL AND e.kind > loose.kind)
    FROM loose WHERE loose.kind IS NOT NULL
)
SELECT process, kind FROM k WHERE kind IS NOT NULL
UNION ALL SELECT NULL, kind FROM loose WHERE kind IS NOT NULL
"""
_PAGE = """
SELECT e.id, e.at, e.item, e.process, e.actor, e.kind, e.data::text, l.index
FROM governance_entry e LEFT JOIN governance_leaf l ON l.entry = e.id
WHERE e.id = ANY(%s) ORDER BY e.id DESC
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; "" and None ask for nothing.

    processes: those that the person may see. items: of these alone. versions: digests or ids of
    model versions. kind: one kind, or a group with its dot, such as "decision.".
    """

    processes: Sequence[str]
    items: Sequence[UUID] | None = None
    actor: str = ""
    versions: Sequence[str] = ()
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One entry; index None: not sequenced yet."""

    id: UUID
    at: datetime
    item: UUID | None
    process: str | None
    actor: str
    kind: str
    data: dict[str, Any]
    index: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; older and newer are cursors, None where there is nothing."""

    entries: list[Found]
    older: UUID | None
    newer: UUID | None


def find(wanted: Wanted, *, before: UUID | None = None, after: UUID | None = None) -> Page:
    """A page of what is wanted: the newest, or those next to an entry.

    Raises InvalidInput where it takes too long.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {TIMEOUT_MILLISECONDS}")
            ids = _ids(cursor, wanted, before, after)
            is_more = len(ids) > PAGE
            ids = ids[:PAGE]
            cursor.execute(_PAGE, [ids])
            entries = [_found(row) for row in cursor.fetchall()]
            cursor.execute("SET LOCAL statement_timeout = 0")
    except OperationalError as error:
        if "statement timeout" not in str(error):
            raise
        raise InvalidInput("This search takes too long; narrow it by process or time.") from None
    if not entries:
        return Page([], None, None)
    has_older = is_more if after is None else True
    has_newer = is_more if after is not None else before is not None
    return Page(
        entries, entries[-1].id if has_older else None, entries[0].id if has_newer else None
    )


def sealed_size() -> int:
    """How many leaves the newest checkpoint covers."""
    return Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0


def one(entry_id: UUID) -> Found | None:
    """An entry by its id."""
    with connection.cursor() as cursor:
        cursor.execute(_PAGE, [[entry_id]])
        row = cursor.fetchone()
    return None if row is None else _found(row)


def _found(row: tuple[Any, ...]) -> Found:
    identifier, at, item, process, actor, kind, data, index = row
    return Found(identifier, at, item, process, actor, kind, json.loads(data), index)


def _ids(cursor: Any, wanted: Wanted, before: UUID | None, after: UUID | None) -> list[UUID]:
    narrow, values = _narrow(wanted, before, after)
    order = "ASC" if after is not None else "DESC"
    values |= {"limit": PAGE + 1, "processes": list(wanted.processes)}
    if wanted.items is not None:
        cursor.execute(*_of_items(wanted, narrow, values, order))
        return [row[0] for row in cursor.fetchall()]
    cursor.execute(_KINDS, values)
    pairs = [
        (process, kind)
        for process, kind in cursor.fetchall()
        if not wanted.kind or kind == wanted.kind or _is_in_group(kind, wanted.kind)
    ]
    values |= {
        "slugs": [process for process, _ in pairs if process is not None],
        "kinds": [kind for process, kind in pairs if process is not None],
        "loose": [kind for process, kind in pairs if process is None],
    }
    # Each version a probe of its own too: only so does the index give its entries in order.
    versions = " CROSS JOIN unnest(%(versions)s::text[]) AS v(version)" if wanted.versions else ""
    if wanted.versions:
        narrow += " AND e.data ->> 'version' = v.version AND e.data ? 'version'"
        values["versions"] = list(wanted.versions)
    probe = (
        "(SELECT e.id FROM governance_entry e WHERE e.process {process} AND e.kind = w.kind"  # noqa: S608
        f" {narrow} ORDER BY e.id {order} LIMIT %(limit)s) found"
    )
    cursor.execute(
        "SELECT id FROM ("  # noqa: S608
        " SELECT found.id FROM unnest(%(slugs)s::text[], %(kinds)s::text[]) AS w(process, kind)"
        f"{versions} CROSS JOIN LATERAL {probe.format(process='= w.process')} UNION ALL"
        " SELECT found.id FROM unnest(%(loose)s::text[]) AS w(kind)"
        f"{versions} CROSS JOIN LATERAL {probe.format(process='IS NULL')}"
        f") found ORDER BY id {order} LIMIT %(limit)s",
        values,
    )
    return [row[0] for row in cursor.fetchall()]


def _of_items(
    wanted: Wanted, narrow: str, values: dict[str, Any], order: str
) -> tuple[str, dict[str, Any]]:
    """An item has few entries: they are read and narrowed."""
    kind = ""
    if wanted.versions:
        narrow += " AND e.data ->> 'version' = ANY(%(versions)s)"
        values["versions"] = list(wanted.versions)
    if wanted.kind:
        kind = "AND (e.kind = %(kind)s OR starts_with(e.kind, %(group)s))"
    values |= {
        "items": list(wanted.items or ()),
        "kind": wanted.kind,
        "group": wanted.kind if wanted.kind.endswith(".") else "\n",
    }
    return (
        "SELECT e.id FROM governance_entry e WHERE e.item = ANY(%(items)s)"  # noqa: S608
        " AND (e.process IS NULL OR e.process = ANY(%(processes)s))"
        f" {kind} {narrow} ORDER BY e.id {order} LIMIT %(limit)s",
        values,
    )


def _is_in_group(kind: str, group: str) -> bool:
    return group.endswith(".") and kind.startswith(group)


def _narrow(wanted: Wanted, before: UUID | None, after: UUID | None) -> tuple[str, dict[str, Any]]:
    low, high = id_range(wanted.since, wanted.until)
    conditions: list[tuple[str, str, Any]] = [
        ("e.actor = %(actor)s", "actor", wanted.actor or None),
        ("e.id >= %(low)s", "low", low),
        ("e.id < %(high)s", "high", high),
        ("e.at >= %(since)s", "since", wanted.since),
        ("e.at < %(until)s", "until", wanted.until),
        ("e.id < %(before)s", "before", before),
        ("e.id > %(after)s", "after", after),
    ]
    asked = [(text, name, value) for text, name, value in conditions if value is not None]
    text = "".join(f" AND {one}" for one, _, _ in asked)
    return text, {name: value for _, name, value in asked}


def kinds_of(processes: Collection[str]) -> list[str]:
    """The kinds that occur in these processes, and in none."""
    with connection.cursor() as cursor:
        cursor.execute(_KINDS, {"processes": list(processes)})
        return sorted({kind for _, kind in cursor.fetchall()})
