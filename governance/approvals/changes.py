"""What a request would change, as rows of old and new."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """One place that differs; "" where it is not there."""

    path: str
    old: str
    new: str


def changes(before: Any, after: Any) -> list[Change]:
    """The places in which two JSON values differ, in the order of the new one.

    Entries of lists with names go by their name, such as `queues[triage].lease_seconds`. Where
    there was nothing before, every place is listed.
    """
    old, new = dict(_leaves("", before)), dict(_leaves("", after))
    paths = [*new, *(path for path in old if path not in new)]
    return [
        Change(path, old.get(path, ""), new.get(path, ""))
        for path in paths
        if old.get(path) != new.get(path)
    ]


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _leaves(f"{path}.{name}" if path else str(name), one)
    elif _has_names(value):
        for one in value:
            rest = {name: part for name, part in one.items() if name != "name"}
            yield from _leaves(f"{path}[{one['name']}]", rest)
    elif value is not None or path:
        yield path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _has_names(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    names = [one.get("name") if isinstance(one, Mapping) else None for one in value]
    return all(isinstance(name, str) for name in names) and len(set(names)) == len(names)
