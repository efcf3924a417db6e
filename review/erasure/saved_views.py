"""Filters that people keep lose words that name an erased item."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode

from review.finding.terms import folded
from review.models import Item, SavedView
from review.subjects.indexing import values_of
from review.subjects.normalising import normalised

_WORDS = ("q", "external_id")
LEAST_CHARACTERS = 4  # shorter words name nobody
BATCH = 500


def names_in(item: Item) -> set[str]:
    """What names this item or its person, in words as filters are compared by."""
    values = {one for _, found in values_of([item.pk]) for one in found}
    if item.external_id:
        values.add(normalised(item.external_id))
    return {one for one in values if len(one) >= LEAST_CHARACTERS}


def forget(names: Collection[str]) -> int:
    """Take the words out of views that look for one of these; how many views changed."""
    if not names:
        return 0
    changed = 0
    # All are looked at, for a name is free text: a person has at most fifty.
    for view in SavedView.objects.order_by("pk").iterator(chunk_size=BATCH):
        pairs = parse_qsl(view.query)
        kept = [(key, text) for key, text in pairs if not (key in _WORDS and _names(text, names))]
        name = f"View {view.pk.hex[-6:]}" if _names(view.name, names) else view.name
        if len(kept) != len(pairs) or name != view.name:
            SavedView.objects.filter(pk=view.pk).update(query=urlencode(kept), name=name)
            changed += 1
    return changed


def _names(text: str, names: Collection[str]) -> bool:
    """Whether the text is one of the names, or holds one, or is a telling part of one."""
    wanted = normalised(text.rstrip("*"))
    if len(wanted) < LEAST_CHARACTERS:
        return False
    plain = folded(text)
    return any(wanted == one or wanted in one or one in plain for one in names)
