"""Receipts of erasures, and lists of requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from governance.ledger.lineage import verify_item
from governance.models import Checkpoint
from review.models import Effect, ErasureItem, ErasureRequest

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One item of a receipt. proved: how many of its ledger entries verify, of `entries`."""

    row: ErasureItem
    entries: int
    proved: int
    sealed: int


@dataclass(frozen=True, slots=True)
class Target:
    """Another system that got something of the items: it is asked to erase on its own."""

    connector: str
    name: str
    where: str
    items: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was erased, what of it can be proved, and what remains where."""

    request: ErasureRequest
    lines: list[Line]
    stores: list[tuple[str, int]]
    keys: list[dict[str, str]]
    targets: list[Target]
    backups_until: datetime | None
    checkpoint: Checkpoint | None

    @property
    def all_proved(self) -> bool:
        return all(line.proved == line.entries for line in self.lines)

    @property
    def entries(self) -> int:
        return sum(line.entries for line in self.lines)

    @property
    def proved(self) -> int:
        return sum(line.proved for line in self.lines)


def receipt_of(made: ErasureRequest) -> Receipt:
    """The receipt as of now; every entry of every item is verified anew.

    Up to five statements an item, of which a request has at most 100.
    """
    rows = list(made.rows.select_related("item__process").defer("item__payload").order_by("pk"))
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(row.counts)
    return Receipt(
        request=made,
        lines=[_line(row) for row in rows],
        stores=sorted(counts.items()),
        keys=[{**key, "item": str(row.item_id)} for row in rows for key in row.keys],
        targets=_targets([row.item_id for row in rows]),
        backups_until=made.finished_at + timedelta(days=settings.BACKUP_DAYS)
        if made.finished_at
        else None,
        checkpoint=Checkpoint.objects.order_by("-size").first(),
    )


def as_json(receipt: Receipt) -> dict[str, Any]:
    """The receipt for machines and files; it names nobody but who asked, by their id."""
    made, sealed = receipt.request, receipt.checkpoint
    return {
        "request": str(made.pk),
        "origin": made.origin,
        "parts": made.parts,
        "basis": made.get_basis_display(),
        "reference": made.reference,
        "requested_by": str(made.requested_by_id) if made.requested_by_id else None,
        "rule": str(made.rule_id) if made.rule_id else None,
        "requested_at": made.requested_at.isoformat(),
        "due_at": made.due_at.isoformat(),
        "finished_at": made.finished_at.isoformat() if made.finished_at else None,
        "state": made.state,
        "items": [
            {
                "item": str(line.row.item_id),
                "process": line.row.item.process_id,
                "state": line.row.state,
                "why_not": line.row.obstacle,
                "rows_erased": line.row.counts,
                "ledger_entry": str(line.row.entry) if line.row.entry else None,
                "ledger_entries": line.entries,
                "ledger_entries_verified": line.proved,
            }
            for line in receipt.lines
        ],
        "stores": dict(receipt.stores),
        "keys_destroyed": receipt.keys,
        "remains": {
            "backups_until": receipt.backups_until.isoformat() if receipt.backups_until else None,
            "other_systems": [
                {
                    "connector": one.connector,
                    "effect": one.name,
                    "where": one.where,
                    "items": one.items,
                }
                for one in receipt.targets
            ],
            "kept": "process, segment, state, times, verdicts, routes' reasons, ledger",
        },
        "ledger": {
            "tree_size": sealed.size if sealed else 0,
            "root": bytes(sealed.root).hex() if sealed else None,
            "signed_by": sealed.key_id if sealed else None,
            "all_proofs_valid": receipt.all_proved,
        },
    }


def requests(
    processes: Collection[str], *, before: UUID | None = None, retention: bool = False
) -> QuerySet[ErasureRequest]:
    """Requests that touch only these processes, the newest first, a page and one more."""
    found = ErasureRequest.objects.filter(processes__contained_by=list(processes))
    origin = ErasureRequest.Origin.RETENTION
    found = found.filter(origin=origin) if retention else found.exclude(origin=origin)
    if before is not None:
        found = found.filter(pk__lt=before)
    return found.select_related("requested_by", "rule").order_by("-pk")[: PAGE + 1]


def _line(row: ErasureItem) -> Line:
    entries = verify_item(row.item_id)
    return Line(
        row=row,
        entries=len(entries),
        proved=sum(1 for one in entries if one.valid),
        sealed=sum(1 for one in entries if one.state == "sealed"),
    )


def _targets(item_ids: Collection[UUID]) -> list[Target]:
    """Where effects of these items arrived and were not taken back."""
    sent = Effect.objects.filter(item__in=item_ids, state=Effect.State.DONE)
    items: dict[tuple[str, str, str], set[UUID]] = {}
    for connector, name, target, item_id in sent.values_list(
        "connector", "name", "target", "item_id"
    ):
        items.setdefault((connector, name, where_of(target)), set()).add(item_id)
    return [Target(*key, len(found)) for key, found in sorted(items.items())]


def where_of(target: dict[str, Any]) -> str:
    """A connector's target in words: its address or path, whichever it has."""
    for name in ("url", "path", "address", "table", "queue"):
        if isinstance(target.get(name), str):
            return str(target[name])
    return ", ".join(f"{key} {value}" for key, value in sorted(target.items()))
