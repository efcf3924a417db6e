"""Reads of contracts, and how two of them differ."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from governance.contracts.models import Contract, Process
from governance.contracts.reading import read
from governance.rows import Rows

# Longer texts are shown line by line, so that the change is seen and not just its beginning.
LONG_CHARACTERS = 60


def current(process: str) -> Contract | None:
    """The version in force, None before the first and for a process that does not exist."""
    found = Process.objects.select_related("contract").filter(pk=process).first()
    return found.contract if found else None


_PROCESSES = Rows(Process, "p")
_IN_FORCE_SQL = f"""
    SELECT {_PROCESSES.columns}, c.number
    FROM governance_process p LEFT JOIN governance_contract c ON c.id = p.contract_id
    WHERE p.slug = %s
"""  # noqa: S608


def process_in_force(slug: str) -> Process | None:
    """A process whose `contract` has its key and number; all else of it is read on demand."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE_SQL, [slug])
        row = cursor.fetchone()
    if row is None:
        return None
    process = _PROCESSES.read(row[:-1])
    if process.contract_id is not None:
        names = ["id", "process_id", "number"]
        values = [process.contract_id, process.pk, row[-1]]
        process.contract = Contract.from_db(connection.alias, names, values)
    return process


def by_number(process: str, number: int) -> Contract:
    """One version of a process. Raises Contract.DoesNotExist."""
    return Contract.objects.get(process_id=process, number=number)


def versions(process: str | None = None) -> QuerySet[Contract]:
    """All versions, of one process or of all, by process and number, without their texts."""
    found = Contract.objects.select_related("process").defer("source", "body")
    if process is not None:
        found = found.filter(process_id=process)
    return found.order_by("process_id", "number")


@lru_cache(maxsize=256)
def effect_fields(contract_id: UUID) -> Mapping[str, tuple[str, ...]]:
    """Effect -> the fields of what it says in the author's order, which jsonb does not keep; a
    query once per process and contract."""
    contract = Contract.objects.only("source", "process").get(pk=contract_id)
    value, _ = read(contract.source, str(contract.process_id))
    return {one["name"]: tuple(one["body"]) for one in value.get("effects", ())}


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What changed from one body to the other, `path: old → new` a line; [] when nothing did.

    Entries of lists with names are told apart by name, such as `queues[triage].lease_seconds`.
    """
    return list(_changes("", old, new))


def _changes(path: str, old: Any, new: Any) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in [*old, *(one for one in new if one not in old)]:
            where = f"{path}.{name}" if path else name
            if name not in new:
                yield f"{where}: {_shown(old[name])} → removed"
            elif name not in old:
                yield f"{where}: added {_shown(new[name])}"
            else:
                yield from _changes(where, old[name], new[name])
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_changes(path, old, new)
    elif json.dumps(old) != json.dumps(new):  # 1 and true differ, which == does not see
        if isinstance(old, str) and isinstance(new, str) and _is_long(old, new):
            yield f"{path}: text changed"
            for line in difflib.ndiff(old.splitlines(), new.splitlines()):
                if line[:1] in "+-":
                    yield f"    {line}"
        else:
            yield f"{path}: {_shown(old)} → {_shown(new)}"


def _list_changes(path: str, old: list[Any], new: list[Any]) -> Iterator[str]:
    before, after = _by_name(old), _by_name(new)
    if before is not None and after is not None:
        for name in [*before, *(one for one in after if one not in before)]:
            where = f"{path}[{name}]"
            if name not in after:
                yield f"{where}: removed"
            elif name not in before:
                yield f"{where}: added {_shown(after[name])}"
            else:
                yield from _changes(where, before[name], after[name])
        kept_before = [name for name in before if name in after]
        kept_after = [name for name in after if name in before]
        if kept_before != kept_after:
            yield f"{path}: order {', '.join(kept_before)} → {', '.join(kept_after)}"
    elif old != new:
        added = [one for one in new if one not in old]
        removed = [one for one in old if one not in new]
        for one in removed:
            yield f"{path}: {_shown(one)} → removed"
        for one in added:
            yield f"{path}: added {_shown(one)}"
        if not added and not removed:
            yield f"{path}: {_shown(old)} → {_shown(new)}"


def _by_name(entries: list[Any]) -> dict[str, Mapping[str, Any]] | None:
    if not all(isinstance(one, Mapping) and isinstance(one.get("name"), str) for one in entries):
        return None
    return {one["name"]: one for one in entries}


def _is_long(old: str, new: str) -> bool:
    return "\n" in old + new or max(len(old), len(new)) > LONG_CHARACTERS


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 2 * LONG_CHARACTERS else f"{text[: 2 * LONG_CHARACTERS]}…"
