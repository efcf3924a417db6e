"""Notes as a person may see them, and whom they may mention."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from governance.models import User
from governance.roles.queries import people_who_may
from review.models import Item, Note
from review.tasks.sealing import concealment

MOST_NOTES = 200
MOST_SUGGESTIONS = 8


@dataclass(frozen=True, slots=True)
class Thread:
    """An item's notes, oldest first. While the item is sealed only one's own are in it, whoever
    wrote the others: what a colleague thinks would tell."""

    notes: Sequence[Note]
    is_sealed: bool


def thread(item_id: UUID, viewer: User) -> Thread:
    """What this person may read of an item's notes right now; the newest MOST_NOTES."""
    is_sealed = concealment(item_id).decisions
    notes = Note.objects.filter(item_id=item_id).select_related("author")
    if is_sealed:
        notes = notes.filter(author=viewer)
    return Thread(list(notes.order_by("-pk")[:MOST_NOTES])[::-1], is_sealed)


def suggestions(item: Item, viewer: User, typed: str) -> list[User]:
    """People who may see the item and whose name goes on from what was typed after the @."""
    wanted = typed.strip().lower()
    return [
        one
        for one in people_who_may(item.process_id, "view_items")
        if one.pk != viewer.pk
        and (one.username.lower().startswith(wanted) or wanted in one.display_name.lower())
    ][:MOST_SUGGESTIONS]
