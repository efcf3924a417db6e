"""What is held about a person, who saw it and who got it: labels and places, never values.

A copy of the values is for the person themselves; whoever prepares it uncovers them one by one,
which leaves its own entries.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from governance.contracts.agreement import agreement_of
from governance.contracts.conditions import value_at
from governance.contracts.schemas import PERSONAL_LABELS, labels
from governance.privacy.retention import queries as rules
from governance.privacy.revealing.queries import reveals_of
from governance.privacy.vault.fields import at_rest
from review.erasure.queries import where_of
from review.models import (
    Call,
    Candidate,
    Decision,
    Document,
    Download,
    Effect,
    Item,
    ShadowCandidate,
)


@dataclass(frozen=True, slots=True)
class Reveal:
    """Somebody saw a value in clear, or took a file. what: field or document, in words."""

    item_id: UUID
    at: datetime
    person: str
    what: str
    purpose: str


# Each gives the reveals of items that it knows of; whoever uncovers values adds theirs.
REVEAL_SOURCES: list[Callable[[Collection[UUID]], list[Reveal]]] = []


@dataclass(frozen=True, slots=True)
class HeldField:
    """A field labelled personal or sensitive that has a value, and where it stands."""

    label: str
    privacy: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Another system that got something: a model's provider, or the target of an effect."""

    kind: str
    name: str
    where: str
    at: datetime | None


@dataclass(slots=True)
class Held:
    """One item of the report."""

    item: Item
    fields: list[HeldField]
    documents: list[Document]
    recipients: list[Recipient]
    reveals: list[Reveal] = field(default_factory=list)
    until: dict[str, datetime | None] = field(default_factory=dict)


def report_on(items: Sequence[Item]) -> list[Held]:
    """What is held in these items, in a fixed number of statements and one rule a process."""
    ids = [item.pk for item in items]
    outputs = _outputs(items)
    documents = _by_item(Document.objects.filter(item__in=ids).order_by("position"))
    recipients = _recipients(ids)
    reveals: dict[UUID, list[Reveal]] = {}
    for source in REVEAL_SOURCES:
        for one in source(ids):
            reveals.setdefault(one.item_id, []).append(one)
    days = {
        process: rule.days() if (rule := rules.in_force(process)) else {}
        for process in {item.process_id for item in items}
    }
    return [
        Held(
            item=item,
            fields=fields_of(item, outputs.get(item.pk, [])),
            documents=documents.get(item.pk, []),
            recipients=recipients.get(item.pk, []),
            reveals=sorted(reveals.get(item.pk, []), key=lambda one: one.at),
            until=_until(item, days[item.process_id]),
        )
        for item in items
    ]


def fields_of(item: Item, outputs: Sequence[tuple[str, Mapping[str, Any]]]) -> list[HeldField]:
    """The labelled fields with a value, by label; outputs: (place, output) of the item."""
    if item.content_erased_at is not None:
        return []
    agreement = agreement_of(item.contract_id)
    found: dict[tuple[str, str], list[str]] = {}
    sources = [("input", agreement.input_schema, item.payload)]
    sources += [(place, agreement.output_schema, output) for place, output in outputs]
    for place, schema, values in sources:
        for path, privacy in labels(schema).items():
            if privacy in PERSONAL_LABELS and value_at(values, path) not in (None, "", [], {}):
                places = found.setdefault((title_of(schema, path), privacy), [])
                if place not in places:
                    places.append(place)
    return [HeldField(*key, tuple(places)) for key, places in sorted(found.items())]


def title_of(schema: Mapping[str, Any], path: Sequence[str]) -> str:
    """A field's title, or its path in words."""
    node: Any = schema
    for part in path:
        node = (node.get("properties") or {}).get(part, {})
    return str(node.get("title") or " ".join(path).replace("_", " ").capitalize())


def downloads_of(item_ids: Collection[UUID]) -> list[Reveal]:
    """Originals that were taken."""
    taken = Download.objects.filter(document__item__in=item_ids).select_related("actor", "document")
    return [
        Reveal(
            one.document.item_id,
            one.at,
            one.actor.display_name,
            f"file {one.document.position}",
            one.reason,
        )
        for one in taken.order_by("pk")
    ]


def values_of(item_ids: Collection[UUID]) -> list[Reveal]:
    """Masked values that were uncovered."""
    return [
        Reveal(one.item, one.at, one.person.display_name, one.field, one.purpose)
        for one in reveals_of(item_ids)
    ]


REVEAL_SOURCES += [downloads_of, values_of]


def as_json(held: Sequence[Held]) -> dict[str, Any]:
    """The report for machines and files."""
    return {"items": [_item_as_json(one) for one in held]}


def _item_as_json(held: Held) -> dict[str, Any]:
    return {
        "item": str(held.item.pk),
        "process": held.item.process.title,
        "received_at": held.item.received_at.isoformat(),
        "state": held.item.state,
        "erased_at": held.item.erased_at.isoformat() if held.item.erased_at else None,
        "fields": [
            {"field": one.label, "label": one.privacy, "in": list(one.places)}
            for one in held.fields
        ],
        "documents": [
            {"media_type": one.media_type, "pages": one.page_count, "bytes": one.size_bytes}
            for one in held.documents
        ],
        "recipients": [
            {
                "kind": one.kind,
                "name": one.name,
                "where": one.where,
                "at": one.at.isoformat() if one.at else None,
            }
            for one in held.recipients
        ],
        "seen_by": [
            {"at": one.at.isoformat(), "person": one.person, "what": one.what, "why": one.purpose}
            for one in held.reveals
        ],
        "kept_until": {part: at.isoformat() if at else None for part, at in held.until.items()},
    }


def _outputs(items: Sequence[Item]) -> dict[UUID, list[tuple[str, Mapping[str, Any]]]]:
    found: dict[UUID, list[tuple[str, Mapping[str, Any]]]] = {}
    vaults = {item.pk: item.vault for item in items}
    candidates = Candidate.objects.filter(item__in=vaults)
    decisions = Decision.objects.filter(item__in=vaults, output__isnull=False)
    shadows = ShadowCandidate.objects.filter(item__in=vaults, output__isnull=False)
    for place, rows in (
        ("model's answer", candidates),
        ("shadow's answer", shadows),
        ("decision", decisions),
    ):
        for item_id, output in rows.values_list("item_id", "output"):
            opened = vaults[item_id].open("output", at_rest(output))
            found.setdefault(item_id, []).append((place, opened))
    return found


def _recipients(ids: Collection[UUID]) -> dict[UUID, list[Recipient]]:
    found: dict[UUID, list[Recipient]] = {}
    calls = Call.objects.filter(item__in=ids).order_by("pk")
    for item_id, provider, at in calls.values_list("item_id", "provider", "at"):
        found.setdefault(item_id, []).append(Recipient("model", provider, "", at))
    sent = Effect.objects.filter(
        item__in=ids, state__in=[Effect.State.DONE, Effect.State.COMPENSATED]
    ).order_by("pk")
    for one in sent.defer("body", "compensation", "result"):
        found.setdefault(one.item_id, []).append(
            Recipient(one.connector, one.name, where_of(one.target), one.finished_at)
        )
    return found


def _until(item: Item, days: Mapping[str, int | None]) -> dict[str, datetime | None]:
    """Until when each class is kept; None: no rule ends it yet, or the item has not ended."""
    return {
        part: item.ended_at + timedelta(days=kept) if kept and item.ended_at else None
        for part, kept in days.items()
    }


def _by_item(documents: Any) -> dict[UUID, list[Document]]:
    found: dict[UUID, list[Document]] = {}
    for one in documents:
        found.setdefault(one.item_id, []).append(one)
    return found
