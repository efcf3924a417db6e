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

    Entries of lists with names go by their name, such as `queues[triage].lease_seconds`, those of
    a report by their field. Where there was nothing before, every place is listed.
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
    elif key := _naming(value):
        for one in value:
            rest = {name: part for name, part in one.items() if name != key}
            yield from _leaves(f"{path}[{one[key]}]", rest)
    elif value is not None or path:
        yield path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _naming(value: Any) -> str:
    """What tells the entries of a list apart: "name" or "field"; "" where neither does."""
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        return ""
    for key in ("name", "field"):
        names = [one.get(key) for one in value]
        if names and all(isinstance(one, str) for one in names) and len({*names}) == len(names):
            return key
    return ""
