"""An item's life from its ledger entries, in words, with what proves them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from governance.ledger.lineage import LineageEntry, verify_item
from review.console import queries, words
from review.models import Item
from review.tasks.sealing import NOTHING, Concealment, withholds

_SYSTEMS = {
    "system:routing": "Routing",
    "system:reading": "Reader",
    "system:effects": "Effects",
    "system:gate": "Gate",
    "system:shadows": "Shadow",
    "system:sweeper": "Sweeper",
}


# What people do; who it was is masked while somebody else is still to judge.
_PEOPLES = ("task.", "decision.", "note.")


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry: what happened, by whom, and its hash as hexadecimal digits."""

    at: datetime
    text: str
    actor: str
    room: str  # item, candidate, task, decision, effect
    kind: str
    hash: str
    place: str  # in the ledger, in words
    is_valid: bool

    @property
    def css(self) -> str:
        return self.kind.replace(".", "-").replace("_", "-")


@dataclass(frozen=True, slots=True)
class Life:
    """The moments in order, and whether all of them verify; level: good, wait, bad."""

    moments: list[Moment]
    level: str
    verdict: str


def life_of(item: Item, *, viewer: UUID | None = None, concealed: Concealment = NOTHING) -> Life:
    """Everything the ledger holds about an item, oldest first, each entry checked.

    What is concealed is left out of the words, and so is who else works on it.
    """
    entries = verify_item(item.pk)
    names = queries.names_of(_people(entries))
    level, verdict = _verified(entries)
    moments = [_moment(entry, names, viewer, concealed) for entry in entries]
    return Life(moments, level, verdict)


def _verified(entries: list[LineageEntry]) -> tuple[str, str]:
    wrong = sum(1 for entry in entries if not entry.valid)
    if wrong:
        return "bad", f"{wrong} of {len(entries)} entries do not verify"
    unsealed = sum(1 for entry in entries if entry.state != "sealed")
    if unsealed:
        return "wait", f"Unchanged; {unsealed} of {len(entries)} await the next checkpoint"
    return "good", f"Verified: all {len(entries)} entries are sealed"


def _people(entries: Iterable[LineageEntry]) -> list[UUID]:
    return [
        UUID(entry.actor.removeprefix("user:"))
        for entry in entries
        if entry.actor.startswith("user:")
    ]


def _moment(
    entry: LineageEntry, names: dict[UUID, str], viewer: UUID | None, concealed: Concealment
) -> Moment:
    is_own = entry.actor == f"user:{viewer}"
    data = {} if withholds(concealed, kind=entry.kind, is_own=is_own) else entry.data
    is_masked = concealed.decisions and not is_own and entry.kind.startswith(_PEOPLES)
    place = "awaits its place" if entry.index is None else f"number {entry.index:,}"
    return Moment(
        at=entry.at,
        text=words.event(entry.kind, data),
        actor=_actor(entry.actor, names, is_masked=is_masked),
        room=entry.kind.split(".")[0],
        kind=entry.kind,
        hash=entry.hash,
        place=f"{place}, {entry.state}",
        is_valid=entry.valid,
    )


def _actor(actor: str, names: dict[UUID, str], *, is_masked: bool) -> str:
    if actor.startswith("user:"):
        if is_masked:
            return "a colleague"
        return names.get(UUID(actor.removeprefix("user:")), "a former colleague")
    if actor.startswith("producer:"):
        return "Producer"
    return _SYSTEMS.get(actor, words.label(actor.partition(":")[2] or actor))
