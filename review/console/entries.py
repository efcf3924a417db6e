"""Entries of the ledger as sentences and tables, for those who may read the ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from governance.models import Producer
from review.console import queries, words
from review.tasks.sealing import NOTHING, Concealment, concealments, withholds

HIDDEN = "•••"
# Groups of kinds, as the explorer offers them.
GROUPS = (
    ("item.", "Items"),
    ("document.", "Documents"),
    ("candidate.", "Candidates"),
    ("shadow.", "Shadows"),
    ("task.", "Tasks"),
    ("decision.", "Decisions"),
    ("effect.", "Effects"),
    ("gate.", "Held outputs"),
    ("note.", "Notes"),
    ("run.", "Bulk runs"),
    ("queue.", "Queues"),
    ("process.", "Processes"),
    ("contract.", "Contracts"),
    ("model.", "Models"),
    ("card.", "Model cards"),
    ("policy.", "Policies"),
    ("approval.", "Approvals"),
    ("automation.", "Halts"),
    ("threshold.", "Thresholds"),
    ("incident.", "Incidents"),
    ("playbook.", "Playbooks"),
    ("role.", "Roles"),
    ("access.", "Access"),
    ("api_key.", "API keys"),
    ("training.", "Trainings"),
    ("personal.", "Reveals"),
    ("subject.", "Searches for a person"),
    ("erasure.", "Erasures"),
    ("hold.", "Legal holds"),
    ("retention.", "Retention"),
    ("audit.", "Bundles"),
    ("report.", "Reports"),
    ("ledger.", "Ledger"),
)
_SENTENCES = {
    "model.version_registered": "Registered {model} version {number}",
    "model.deployed": "Deployed a model version as {role}",
    "model.retired": "Ended a model version's service",
    "model.shadowed": "Let a model version shadow what serves",
    "model.shadow_ended": "Ended a model version's shadow",
    "contract.applied": "Applied contract {number}",
    "process.stage_changed": "Moved the process from {before} to {after}",
    "process.paused": "Paused the process",
    "process.resumed": "Let the process go on",
    "queue.paused": "Paused a queue",
    "queue.resumed": "Let a queue go on",
    "approval.requested": "Asked for approval of a {of}",
    "approval.signed": "Signed a request for a {of}",
    "approval.granted": "Approval of a {of} granted",
    "approval.refused": "Approval of a {of} refused",
    "approval.withdrawn": "Approval of a {of} withdrawn",
    "approval.lapsed": "Approval of a {of} lapsed",
    "approval.commented": "Commented on a request for a {of}",
    "approval.evidence_added": "Added evidence to a request for a {of}",
    "approval.delegated": "Let somebody else sign during an absence",
    "approval.delegation_ended": "Ended a delegation",
    "automation.halted": "Halted what acts by itself",
    "automation.resumed": "Let what was halted go on",
    "card.revised": "Kept a revision of a model card",
    "card.measuring_asked": "Asked to have a model version measured",
    "card.measured": "Measured a model version in use",
    "policy.written": "Wrote a version of a policy",
    "playbook.saved": "Kept a version of a playbook",
    "threshold.raised": "Raised the thresholds",
    "threshold.restored": "Restored the thresholds",
    "subject.searched": "Looked for a person's items",
    "subject.disclosed": "Made a report on what is held of a person",
    "erasure.requested": "Asked for an erasure",
    "retention.written": "Wrote a rule of retention",
    "access.review_started": "Started a review of access",
    "access.reviewed": "Answered a line of a review of access",
    "access.review_finished": "Finished a review of access",
    "training.recorded": "Attested a training",
    "report.handed_out": "Took a report to hand over",
    "role.granted": "Gave the role {role}",
    "role.revoked": "Took the role {role}",
    "api_key.issued": "Issued an API key",
    "api_key.rotated": "Replaced an API key",
    "api_key.revoked": "Revoked an API key",
    "producer.made": "Made a producer",
    "role.ended": "The role {role} ended by itself",
    "access.exported": "Took who can do what as a file, {rows} rows",
    "view.saved": "Kept a view of the items",
    "view.removed": "Removed a view of the items",
    "run.planned": "Planned a bulk run: {verb}",
    "run.started": "Started a bulk run: {verb}",
    "run.tried": "Tried the first few of a bulk run: {verb}",
    "run.confirmed": "Let a bulk run go on: {verb}",
    "run.done": "Bulk run done: {verb}",
    "run.stopped": "Stopped a bulk run: {verb}",
    "run.dropped": "Dropped a bulk run: {verb}",
    "run.undo_started": "Began to undo a bulk run: {verb}",
    "run.undone": "Bulk run undone: {verb}",
    "audit.export_requested": "Asked for a bundle for auditors",
    "audit.exported": "Bundle for auditors made, {entries} entries",
    "audit.downloaded": "Took a bundle for auditors",
    "ledger.verified": "Verified the whole ledger, {problems} problems",
}
_SYSTEMS = {
    "system:routing": "Routing",
    "system:reading": "Reader",
    "system:effects": "Effects",
    "system:sweeper": "Sweeper",
    "system:approvals": "Approvals",
    "system:verification": "Verification",
}
# What people do; who it was is masked while somebody else is still to judge.
_PEOPLES = ("task.", "decision.", "note.")


class Entry(Protocol):
    """What a line needs of an entry."""

    @property
    def id(self) -> UUID: ...
    @property
    def at(self) -> datetime: ...
    @property
    def item(self) -> UUID | None: ...
    @property
    def process(self) -> str | None: ...
    @property
    def actor(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def data(self) -> Mapping[str, Any]: ...
    @property
    def index(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an entry's data; hidden ones show their commitment."""

    label: str
    text: str
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as a row. place: "sealed", "sequenced" or "pending"; actor_key: "" where masked."""

    id: UUID
    at: datetime
    text: str
    kind: str
    actor: str
    actor_key: str
    process: str | None
    item: UUID | None
    index: int | None
    place: str
    values: list[Value]
    is_withheld: bool


def sentence(kind: str, data: Mapping[str, Any]) -> str:
    """An entry in words; a kind that is not known here by its name."""
    pattern = _SENTENCES.get(kind)
    if pattern is None:
        return words.event(kind, data)
    try:
        return pattern.format_map(data)
    except KeyError:
        return words.label(kind.replace(".", " "))


def values(data: Mapping[str, Any], before: str = "") -> list[Value]:
    """An entry's data as a table, whatever its kind; nested names are joined."""
    found: list[Value] = []
    for name, value in data.items():
        label = f"{before}{words.label(name)}"
        if isinstance(value, Mapping) and set(value) == {"commitment"}:
            found.append(Value(label, str(value["commitment"]), is_hidden=True))
        elif isinstance(value, Mapping) and value:
            found += values(value, f"{label}: ")
        elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            for number, one in enumerate(value, 1):
                inner = one if isinstance(one, Mapping) else {"value": one}
                found += values(inner, f"{label} {number}: ")
        else:
            found.append(Value(label, _plain(value)))
    return found


def _plain(value: Any) -> str:
    if value is None or value in ({}, []):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def lines(entries: Sequence[Entry], *, sealed: int, viewer: UUID) -> list[Line]:
    """Rows of entries; what must not be seen of an item right now is left out of them."""
    hidden = concealments({one.item for one in entries if one.item is not None})
    names = actors([one.actor for one in entries])
    return [
        _line(one, names, hidden.get(one.item, NOTHING) if one.item else NOTHING, sealed, viewer)
        for one in entries
    ]


def _line(
    entry: Entry, names: Mapping[str, str], concealed: Concealment, sealed: int, viewer: UUID
) -> Line:
    is_own = entry.actor == f"user:{viewer}"
    is_withheld = withholds(concealed, kind=entry.kind, is_own=is_own)
    is_masked = concealed.decisions and not is_own and entry.kind.startswith(_PEOPLES)
    data: Mapping[str, Any] = {} if is_withheld else entry.data
    return Line(
        id=entry.id,
        at=entry.at,
        text=sentence(entry.kind, data),
        kind=entry.kind,
        actor="a colleague" if is_masked else names[entry.actor],
        actor_key="" if is_masked else entry.actor,
        process=entry.process,
        item=entry.item,
        index=entry.index,
        place=place(entry.index, sealed),
        values=values(data),
        is_withheld=is_withheld or is_masked,
    )


def place(index: int | None, sealed: int) -> str:
    """Where an entry stands, given how many leaves the newest checkpoint covers."""
    if index is None:
        return "pending"
    return "sealed" if index < sealed else "sequenced"


def actors(keys: Iterable[str]) -> dict[str, str]:
    """Actors by key, in words: people and producers by name, systems by what they do."""
    wanted = set(keys)
    people = queries.names_of(_ids(wanted, "user:"))
    made = _ids(wanted, "producer:")
    found = {one.pk: one.name for one in Producer.objects.filter(pk__in=made)} if made else {}
    return {key: _name(key, people, found) for key in wanted}


def _ids(keys: Collection[str], prefix: str) -> list[UUID]:
    found = []
    for key in keys:
        if key.startswith(prefix):
            try:
                found.append(UUID(key.removeprefix(prefix)))
            except ValueError:
                continue
    return found


def _name(key: str, people: Mapping[UUID, str], producers: Mapping[UUID, str]) -> str:
    prefix, _, rest = key.partition(":")
    if prefix == "system":
        return _SYSTEMS.get(key, words.label(rest))
    try:
        identifier = UUID(rest)
    except ValueError:
        return words.label(rest)
    if prefix == "user":
        return people.get(identifier, "a former colleague")
    return producers.get(identifier, "a former producer")
