"""Asking for an erasure, and working it off: each item in a transaction of its own, then its files.

A worker that is killed at any point leaves items that are erased, items whose rows are gone and
whose files are named to be removed, and items that wait; the next worker goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from governance.errors import Conflict, InvalidInput
from governance.ledger import operations as ledger
from governance.ledger.operations import Event, append_many
from governance.models import RetentionRule, User
from governance.privacy.vault import keys
from review.erasure import engine
from review.erasure.obstacles import WORDS, in_the_way, obstacles
from review.models import ErasureItem, ErasureRequest, Item

ACTOR = "system:erasure"
DUE = timedelta(minutes=15)
LEASE = timedelta(minutes=2)
AGAIN = timedelta(seconds=20)
MOST_ITEMS = 100
_State = ErasureItem.State


class InTheWay(Conflict):
    """Something stands in the way of at least one item; codes by item."""

    def __init__(self, message: str, codes: dict[UUID, tuple[str, ...]]) -> None:
        super().__init__(message)
        self.codes = codes


@transaction.atomic
def request(
    *,
    item_ids: Sequence[UUID],
    actor: User,
    origin: str,
    basis: str,
    reference: str,
    ends_work: bool = False,
) -> ErasureRequest:
    """Ask for items to be erased for good, within 15 minutes.

    The caller has checked the actor's right in every item's process. With ends_work, tasks are
    closed and effects that are not sent cancelled; without it, an item in progress is refused.
    Raises what check raises.
    """
    items = check(item_ids=item_ids, basis=basis, reference=reference, ends_work=ends_work)
    now = timezone.now()
    made = ErasureRequest.objects.create(
        origin=origin,
        parts=["item"],
        processes=sorted({item.process_id for item in items}),
        basis=basis,
        reference=reference.strip(),
        requested_by=actor,
        ends_work=ends_work,
        requested_at=now,
        due_at=now + DUE,
        hint_at=now + AGAIN,
    )
    _add(made, items, actor=f"user:{actor.pk}")
    return made


def check(
    *, item_ids: Sequence[UUID], basis: str, reference: str, ends_work: bool = False
) -> list[Item]:
    """The items of a request that could be made now.

    Raises InvalidInput, and InTheWay where a legal hold or work in progress forbids it.
    """
    reference = reference.strip()
    errors = {}
    if not 0 < len(reference) <= 80:
        errors["reference"] = "1 to 80 characters, such as the number of the letter."
    if basis not in set(ErasureRequest.Basis.values) - {ErasureRequest.Basis.RETENTION}:
        errors["basis"] = "Choose on which ground."
    if not 0 < len(set(item_ids)) <= MOST_ITEMS:
        errors["items"] = f"1 to {MOST_ITEMS} items."
    if errors:
        raise InvalidInput("This is no request for erasure.", errors)
    items = list(Item.objects.filter(pk__in=item_ids).only("pk", "process_id"))
    found = {
        item_id: codes
        for item_id, codes in obstacles([item.pk for item in items]).items()
        if in_the_way([code for code in codes if code != "effect_running"], ends_work=ends_work)
    }
    if found:
        why = sorted({WORDS[code] for codes in found.values() for code in codes})
        raise InTheWay(
            f"{len(found)} of {len(items)} cannot be erased now: {'; '.join(why)}.", found
        )
    return items


@transaction.atomic
def request_by_rule(
    rule: RetentionRule, parts: Sequence[str], items: Sequence[Item]
) -> ErasureRequest:
    """A batch of items whose time under a rule of retention is over; the caller chose them."""
    now = timezone.now()
    made = ErasureRequest.objects.create(
        origin=ErasureRequest.Origin.RETENTION,
        parts=list(parts),
        processes=[rule.process_id],
        basis=ErasureRequest.Basis.RETENTION,
        reference=f"Retention {rule.number}",
        rule=rule,
        requested_at=now,
        due_at=now + DUE,
        hint_at=now + AGAIN,
    )
    _add(made, items, actor="system:retention")
    return made


def _add(made: ErasureRequest, items: Sequence[Item], *, actor: str) -> None:
    ErasureItem.objects.bulk_create(
        [ErasureItem(request=made, item_id=one.pk) for one in sorted(items, key=lambda i: i.pk)]
    )
    ledger.append(
        "erasure.requested",
        process=made.processes[0] if len(made.processes) == 1 else None,
        actor=actor,
        data={
            "request": str(made.pk),
            "origin": made.origin,
            "parts": made.parts,
            "basis": made.basis,
            "items": [str(one.pk) for one in items],
            "ends_work": made.ends_work,
        },
    )
    from review.erasure.jobs import work

    work.delay_on_commit(str(made.pk))


def work_off(request_id: UUID) -> None:
    """Erase what of a request is still there; running it twice changes nothing twice."""
    made = _lease(request_id)
    if made is None:
        return
    for row_id, contract_id in (
        made.rows.filter(state__in=[_State.WAITING, _State.ROWS_GONE])
        .order_by("pk")
        .values_list("pk", "item__contract_id")
    ):
        keys.ready(contract_id)
        _erase_rows(made, row_id)
        _remove_files(row_id)
        ErasureRequest.objects.filter(pk=made.pk).update(lease_until=timezone.now() + LEASE)
    _finish(made)


def _lease(request_id: UUID) -> ErasureRequest | None:
    """The request, this worker's for a while; None if it is done or another works on it."""
    now = timezone.now()
    taken = ErasureRequest.objects.filter(
        Q(lease_until__isnull=True) | Q(lease_until__lte=now),
        pk=request_id,
        state=ErasureRequest.State.WAITING,
    ).update(lease_until=now + LEASE, hint_at=now + AGAIN)
    return ErasureRequest.objects.get(pk=request_id) if taken else None


@transaction.atomic
def _erase_rows(made: ErasureRequest, row_id: int) -> None:
    """Erase one item's rows, or note what it waits for."""
    item_id = ErasureItem.objects.values_list("item_id", flat=True).get(pk=row_id)
    item = Item.objects.select_for_update().get(pk=item_id)
    row = ErasureItem.objects.select_for_update().get(pk=row_id)
    if row.state != _State.WAITING:
        return
    now = timezone.now()
    if engine.is_erased(item, made.parts):
        _mark(row, state=_State.BEFORE, at=now, obstacle="")
        return
    codes = obstacles([item.pk]).get(item.pk, ())
    code = in_the_way(codes, ends_work=made.ends_work)
    if code == "held":
        _mark(row, state=_State.REFUSED, obstacle=code, at=now)
        _record(made, item, "erasure.refused", {"why": code})
        return
    if code:
        _mark(row, obstacle=code)  # it is tried again
        return
    events = engine.end_work(item, actor=ACTOR, now=now) if made.ends_work else []
    append_many(events)
    done = engine.erase(item, made.parts, now=now)
    is_whole = "item" in made.parts
    entry = _record(
        made,
        item,
        "item.erased" if is_whole else "item.part_erased",
        {
            "parts": made.parts,
            "counts": dict(done.counts),
            "keys": [one["fingerprint"] for one in done.keys],
        },
    )
    _mark(
        row,
        state=_State.ROWS_GONE if done.blobs else _State.DONE,
        counts=dict(done.counts),
        keys=done.keys,
        blobs=done.blobs,
        obstacle="",
        entry=entry,
        at=now,
    )


def _remove_files(row_id: int) -> None:
    """Remove the files whose rows are gone, outside any transaction; then forget their names."""
    row = ErasureItem.objects.get(pk=row_id)
    if row.state != _State.ROWS_GONE:
        return
    engine.remove_files(row.blobs)
    ErasureItem.objects.filter(pk=row_id, state=_State.ROWS_GONE).update(
        state=_State.DONE, blobs=[], at=timezone.now()
    )


@transaction.atomic
def _finish(made: ErasureRequest) -> None:
    """End the request where nothing is left to do, else let the sweeper try again."""
    current = ErasureRequest.objects.select_for_update().get(pk=made.pk)
    if current.state == ErasureRequest.State.DONE:
        return
    rows = list(current.rows.values_list("state", flat=True))
    current.lease_until = None
    if any(state in (_State.WAITING, _State.ROWS_GONE) for state in rows):
        current.save(update_fields=["lease_until"])
        return
    current.state, current.finished_at = ErasureRequest.State.DONE, timezone.now()
    current.save(update_fields=["state", "finished_at", "lease_until"])
    ledger.append(
        "erasure.finished",
        process=current.processes[0] if len(current.processes) == 1 else None,
        actor=ACTOR,
        data={
            "request": str(current.pk),
            "states": {state: rows.count(state) for state in sorted(set(rows))},
        },
    )


def due(limit: int = 50) -> list[UUID]:
    """Requests that should go on, also those whose hint or worker was lost."""
    now = timezone.now()
    with transaction.atomic():
        ids = list(
            ErasureRequest.objects.select_for_update(skip_locked=True)
            .filter(state=ErasureRequest.State.WAITING, hint_at__lte=now)
            .order_by("hint_at")
            .values_list("pk", flat=True)[:limit]
        )
        ErasureRequest.objects.filter(pk__in=ids).update(hint_at=now + AGAIN)
    return ids


def _mark(row: ErasureItem, **changes: object) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))


def _record(made: ErasureRequest, item: Item, kind: str, data: dict[str, object]) -> UUID:
    (entry,) = append_many(
        [
            Event(
                kind=kind,
                item=item.pk,
                process=item.process_id,
                actor=ACTOR,
                data={"request": str(made.pk), "basis": made.basis, **data},
            )
        ]
    )
    return entry
