"""Is a name like one on a list? The lists are files in settings.SCREENING_DIR."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from governance.contracts.rules.registry import HOLDS, Given, Verdict, fails, is_absent
from integrations.screening.lists import DEFAULT_THRESHOLD, ListUnreadable, load


def screening(given: Given) -> Verdict:
    """Whether the values, put together as one name, are like no name of the list.

    A list that cannot be read lets nobody through. What is told is a line of the list and how
    alike it is, not the name.
    """
    parts = [value for value in given.values if not is_absent(value)]
    if not all(isinstance(part, str) for part in parts):
        return fails("not_a_text")
    name, file = " ".join(parts), str(given.options["list"])
    if not any(one.isalnum() for one in name):
        return fails("name_unreadable")
    try:
        names = load(path_of(file))
    except ListUnreadable:
        return fails("list_unreadable", list=file)
    found = names.likest(name, kind=given.options.get("kind") or "any")
    threshold = given.options.get("threshold")
    if found is None or found.score < (DEFAULT_THRESHOLD if threshold is None else threshold):
        return HOLDS
    return fails("listed", list=file, line=found.line, score=round(found.score, 2))


def path_of(file: str) -> Path:
    """Where a list lies; `file` is a plain name, as the parser has seen to."""
    return Path(settings.SCREENING_DIR) / Path(file).name
