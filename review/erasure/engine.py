"""Erasing one item, as the registry says: all rows in one transaction, files after it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Value, When

from governance.ledger.operations import Event
from governance.privacy.keyring import master_keys
from integrations.encryption import EncryptionError
from review.documents import blobs
from review.effects.changing import event as effect_event
from review.effects.changing import move
from review.erasure import saved_views
from review.erasure.registry import BLANKED, GONE, TOMBSTONE, parts_of
from review.models import Document, Effect, Item, ItemKey, Page
from review.tasks import changing as tasks
from review.transitions import ITEM, check

_ENDED_AT = {
    "content": "content_erased_at",
    "documents": "documents_erased_at",
    "notes": "notes_erased_at",
    "item": "erased_at",
}


@dataclass(slots=True)
class Erased:
    """What went: rows by store, destroyed keys, and names of blobs that are still to be removed."""

    counts: Counter[str] = field(default_factory=Counter)
    keys: list[dict[str, str]] = field(default_factory=list)
    blobs: list[str] = field(default_factory=list)


def is_erased(item: Item, parts: Sequence[str]) -> bool:
    """Whether all these parts went before."""
    return all(getattr(item, _ENDED_AT[part]) is not None for part in parts_of(list(parts)))


def erase(item: Item, parts: Sequence[str], *, now: datetime) -> Erased:
    """Erase parts of an item. The caller holds its row lock (FOR UPDATE) and has seen that
    nothing stands in the way; the database refuses what is held or erased already."""
    wanted = parts_of(list(parts))
    done = Erased()
    if "documents" in wanted:
        done.blobs = _blobs_of(item.pk)
        done.counts["files"] = len(done.blobs)
        done.keys += _data_key(item.pk)
    if "content" in wanted and item.seed is not None:
        done.keys.append(_destroyed("seed", bytes(item.seed)))
    if "item" in wanted:
        done.keys.append(_destroyed("salt", bytes(item.salt)))
        done.counts["saved views"] = saved_views.forget(saved_views.names_in(item))
    # The item first: its decisions give up what they say to an erased item alone.
    values = {
        key: value
        for one in BLANKED
        if one.model is Item and one.part in wanted
        for key, value in one.values.items()
    }
    values |= {_ENDED_AT[part]: now for part in wanted}
    done.counts["items"] = Item.objects.filter(pk=item.pk).update(**values)
    for gone in GONE:
        if gone.part in wanted:
            rows = gone.model.objects.filter(**{gone.path: item.pk})
            deleted, _ = rows.delete()
            done.counts[str(gone.model._meta.verbose_name_plural)] += deleted
    for blanked in BLANKED:
        if blanked.part not in wanted or blanked.model is Item:
            continue
        rows = blanked.model.objects.filter(**{blanked.path: item.pk})
        changed = rows.update(**_changes(blanked.model, blanked.values))
        done.counts[str(blanked.model._meta.verbose_name_plural)] += changed
    done.counts = Counter({store: count for store, count in done.counts.items() if count})
    return done


def end_work(item: Item, *, actor: str, now: datetime) -> list[Event]:
    """End what is in progress: tasks closed, effects that are not sent cancelled, the item ended.

    The caller holds the item's row lock. Returns the entries to append.
    """
    events = tasks.cancel_open(item, actor=actor)
    waiting = Effect.objects.select_for_update().filter(
        item=item, state__in=[Effect.State.SCHEDULED, Effect.State.FAILED]
    )
    for effect in waiting:
        move(effect, Effect.State.CANCELLED, finished_at=now)
        events.append(
            effect_event(effect, "effect.cancelled", actor=actor, process=item.process_id)
        )
    if item.ended_at is None:
        check(ITEM, item.state, Item.State.REJECTED)
        item.state, item.ended_at, item.lease_until = Item.State.REJECTED, now, None
        item.documents_pending = 0
        item.save(update_fields=["state", "ended_at", "lease_until", "documents_pending"])
        events.append(
            Event(
                kind="item.withdrawn",
                item=item.pk,
                process=item.process_id,
                actor=actor,
                data={"why": "erasure"},
            )
        )
    return events


def remove_files(names: Sequence[str]) -> None:
    """Remove blobs; those that are gone already do no harm."""
    for name in names:
        blobs.storage().delete(name)


def _changes(model: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values for update(): what may be null stays null where it is."""
    changes: dict[str, Any] = {}
    for name, value in values.items():
        column = model._meta.get_field(name)
        if column.null and value == TOMBSTONE:
            whole = Value(value, output_field=column)
            changes[name] = Case(
                When(**{f"{name}__isnull": False}, then=whole), default=None, output_field=column
            )
        else:
            changes[name] = value
    return changes


def _blobs_of(item_id: UUID) -> list[str]:
    names: set[str] = set()
    for row in Document.objects.filter(item=item_id).values_list("blob", "layout"):
        names.update(row)
    for row in Page.objects.filter(document__item=item_id).values_list("screen", "zoom"):
        names.update(row)
    return sorted(names - {""})


def _destroyed(kind: str, secret: bytes) -> dict[str, str]:
    fingerprint = hashlib.sha256(kind.encode() + secret).hexdigest()[:16]
    return {"kind": kind, "fingerprint": fingerprint, "master_key": ""}


def _data_key(item_id: UUID) -> list[dict[str, str]]:
    """The item's data key by a fingerprint of its wrapped form, which opens nothing."""
    wrapped = ItemKey.objects.filter(pk=item_id).values_list("wrapped", flat=True).first()
    if wrapped is None:
        return []
    kept = bytes(wrapped)
    try:
        master = master_keys().key_id_of(kept)
    except EncryptionError:
        master = "unknown"  # its destruction must not wait for a key that is missing
    fingerprint = hashlib.sha256(kept).hexdigest()[:16]
    return [{"kind": "data key", "fingerprint": fingerprint, "master_key": master}]
