"""Putting older items into the vault, one transaction each, while everything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction

from governance.contracts.agreement import agreement_of
from governance.ledger import operations as ledger
from governance.models import Contract
from governance.privacy.vault.vault import new_seed
from review.models import Candidate, Decision, Draft, Effect, Item

BATCH = 500
ACTOR = "system:vault"
_HELD = "23001"  # restrict_violation: what a legal hold's triggers raise

# Model, path to the item, columns whose values are encrypted.
_PARTS: tuple[tuple[Any, str, tuple[str, ...]], ...] = (
    (Candidate, "item", ("output", "evidence", "raw")),
    (Decision, "item", ("output",)),
    (Effect, "item", ("body", "compensation")),
    (Draft, "task__item", ("output",)),
)


@dataclass(slots=True)
class Progress:
    """Items encrypted so far, and those that a legal hold keeps as they are."""

    encrypted: int = 0
    held: int = 0


def in_clear() -> int:
    """How many items have labelled values that lie in clear; looks at every item."""
    return sum(len(batch) for batch in _batches())


def encrypt_all(report: Callable[[Progress], None] = lambda progress: None) -> Progress:
    """Encrypt what lies in clear; `report` is called after each batch.

    May be stopped at any time and begun again. Items under a legal hold stay as they are: nothing
    changes their rows, not even this.
    """
    progress = Progress()
    for batch in _batches():
        for item_id in batch:
            if _encrypt(item_id):
                progress.encrypted += 1
            else:
                progress.held += 1
        report(progress)
    with transaction.atomic():
        ledger.append(
            "values.encrypted",
            actor=ACTOR,
            data={"items": progress.encrypted, "held": progress.held},
        )
    return progress


def _batches() -> Iterator[list[UUID]]:
    labelled = [
        pk for pk in Contract.objects.values_list("pk", flat=True) if agreement_of(pk).has_personal
    ]
    last = None
    while True:
        rows = Item.objects.filter(
            contract__in=labelled, seed__isnull=True, content_erased_at__isnull=True
        )
        if last is not None:
            rows = rows.filter(pk__gt=last)
        found = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not found:
            return
        yield found
        last = found[-1]


def _encrypt(item_id: UUID) -> bool:
    """Whether the item is encrypted now; False where a legal hold keeps it."""
    try:
        with transaction.atomic():
            _encrypt_item(Item.objects.select_for_update().get(pk=item_id))
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", None) != _HELD:
            raise
        return False
    return True


def _encrypt_item(item: Item) -> None:
    if item.seed is not None or item.content_erased_at is not None:
        return
    rows = [
        (row, columns)
        for model, path, columns in _PARTS
        for row in model.objects.filter(**{path: item.pk})
    ]
    for row, columns in ((item, ("payload",)), *rows):
        for name in columns:
            setattr(row, name, getattr(row, name))  # read as it lies, written as it will
    item.seed = new_seed(agreement_of(item.contract_id))
    del item.vault
    item.save(update_fields=["seed", "payload"])
    for row, columns in rows:
        _attach(row, item)
        row.save(update_fields=columns)


def _attach(row: Any, item: Item) -> None:
    if isinstance(row, Draft):
        row.task.item = item
    else:
        row.item = item
