"""What a list of items is narrowed to, as an address carries it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from governance.errors import InvalidInput
from review.models import Decision, Item, Route

SORTS = {
    "received": "newest first",
    "oldest": "oldest first",
    "due": "due first",
    "decided": "decided last first",
}
DUE = {"over": "overdue", "hours": "within 2 hours", "day": "within a day"}
COLUMNS = {
    "process": "Process",
    "state": "State",
    "received": "Received",
    "due": "Due",
    "segment": "Segment",
    "priority": "Priority",
    "queue": "Queue",
    "route": "Route",
    "verdict": "Verdict",
    "person": "Decided by",
    "decided": "Decided",
}
DEFAULT_COLUMNS = ("process", "state", "received", "due")
MAX_TEXT = 200
_CHOICES: Mapping[str, frozenset[str]] = {
    "state": frozenset(Item.State.values),
    "route": frozenset(Route.Outcome.values),
    "verdict": frozenset(Decision.Verdict.values),
    "due": frozenset(DUE),
    "documents": frozenset({"yes"}),
    "sort": frozenset(SORTS),
}
_DAYS = ("received_from", "received_to", "decided_from", "decided_to")
_IDS = ("person", "version")


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Empty texts narrow nothing.

    external_id: exact, or its beginning with a `*` behind. person: a user's id, or "automatic".
    Days are UTC, both ends included; due: one of DUE. columns: names of COLUMNS.
    """

    q: str = ""
    process: str = ""
    state: str = ""
    queue: str = ""  # the id of one
    route: str = ""
    why: str = ""  # the code of a reason
    check: str = ""  # the name of a failed check
    segment: str = ""
    verdict: str = ""
    person: str = ""
    version: str = ""
    received_from: str = ""
    received_to: str = ""
    decided_from: str = ""
    decided_to: str = ""
    due: str = ""
    documents: str = ""
    external_id: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()

    @property
    def narrows(self) -> dict[str, str]:
        """What narrows the list, without how it is shown."""
        return {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if one.name not in ("sort", "columns") and getattr(self, one.name)
        }

    @property
    def shown_columns(self) -> tuple[str, ...]:
        return self.columns or DEFAULT_COLUMNS

    def day(self, name: str) -> date | None:
        text = getattr(self, name)
        return date.fromisoformat(text) if text else None

    def query(self) -> str:
        """As an address carries it, in one order, so that equal filters are equal texts."""
        parts = dict(self.narrows)
        if self.sort:
            parts["sort"] = self.sort
        if self.columns:
            parts["columns"] = ",".join(self.columns)
        return urlencode(parts)

    def without(self, name: str) -> "ItemFilter":
        kept = {key: value for key, value in self.narrows.items() if key != name}
        return ItemFilter(**kept, sort=self.sort, columns=self.columns)


def read(values: Mapping[str, str], *, is_strict: bool = False) -> ItemFilter:
    """A filter from an address; what makes no sense is dropped, or refused where is_strict.

    Raises InvalidInput with a reason per parameter if is_strict.
    """
    found: dict[str, str] = {}
    errors: dict[str, str] = {}
    for one in fields(ItemFilter):
        text = values.get(one.name, "").replace("\0", "").strip()[:MAX_TEXT]
        if one.name == "columns" or not text:
            continue
        problem = _problem(one.name, text)
        if problem:
            errors[one.name] = problem
        else:
            found[one.name] = text
    if errors and is_strict:
        raise InvalidInput("The filter is wrong.", errors)
    chosen = [name for name in values.get("columns", "").split(",") if name in COLUMNS]
    columns = tuple(dict.fromkeys(chosen))
    return ItemFilter(**found, columns=() if columns == DEFAULT_COLUMNS else columns)


def _problem(name: str, text: str) -> str:
    if name in _CHOICES and text not in _CHOICES[name]:
        return f"must be one of {', '.join(sorted(_CHOICES[name]))}"
    if name in _DAYS:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return "must be a day such as 2026-11-22"
        if not 1970 <= day.year < date.max.year:  # the day after has to be one, too
            return f"must be from 1970 to {date.max.year - 1}"
    if name in _IDS and not (name == "person" and text == "automatic"):
        try:
            UUID(text)
        except ValueError:
            return "must be an id"
    if name == "queue" and not (text.isascii() and text.isdigit() and len(text) < 18):
        return "must be the id of a queue"
    return ""
