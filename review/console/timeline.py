"""An item's life from its ledger entries, in words, with what proves them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from governance.models import Entry
from review.console import queries, words
from review.models import Item

_SYSTEMS = {
    "system:routing": "Routing",
    "system:effects": "Effects",
    "system:sweeper": "Sweeper",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry: what happened, by whom, and its hash as hexadecimal digits."""

    at: datetime
    text: str
    actor: str
    room: str  # item, candidate, task, decision, effect
    kind: str
    entry: UUID
    hash: str


@dataclass(frozen=True, slots=True)
class Life:
    """The moments in order."""

    moments: list[Moment]


def life_of(item: Item) -> Life:
    """Everything the ledger holds about an item, oldest first."""
    entries = list(Entry.objects.filter(item=item.pk).order_by("id"))
    names = queries.names_of(_people(entries))
    return Life(moments=[_moment(entry, names) for entry in entries])


def _people(entries: Iterable[Entry]) -> list[UUID]:
    return [
        UUID(entry.actor.removeprefix("user:"))
        for entry in entries
        if entry.actor.startswith("user:")
    ]


def _moment(entry: Entry, names: dict[UUID, str]) -> Moment:
    return Moment(
        at=entry.at,
        text=words.event(entry.kind, entry.data),
        actor=_actor(entry.actor, names),
        room=entry.kind.split(".")[0],
        kind=entry.kind,
        entry=entry.pk,
        hash=bytes(entry.hash).hex(),
    )


def _actor(actor: str, names: dict[UUID, str]) -> str:
    if actor.startswith("user:"):
        return names.get(UUID(actor.removeprefix("user:")), "a former colleague")
    if actor.startswith("producer:"):
        return "Producer"
    return _SYSTEMS.get(actor, words.label(actor.partition(":")[2] or actor))
