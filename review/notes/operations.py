"""Writing to each other about an item."""

import re
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from governance.errors import Conflict, InvalidInput
from governance.ledger import operations as ledger
from governance.models import User
from governance.privacy.redact import commitment
from governance.roles.queries import people_who_may
from review.models import Item, Mention, Note, Notice, Task
from review.notices.operations import notify
from review.tasks.sealing import concealment

MOST_CHARACTERS = 2000
TELL_BATCH = 200
# What a user name may hold; a sign that ends a sentence is tried without it as well.
_MENTION = re.compile(r"(?<![\w@])@([\w.@+-]{1,150})")


@transaction.atomic
def write(*, item: Item, author: User, text: str) -> Note:
    """Add a note to an item and tell those it mentions (@user name) who may see the item.

    While the item is sealed for them, they are told when it no longer is. The ledger holds the
    text as a commitment. Raises InvalidInput for a text that is empty or too long.
    """
    text = text.strip()
    if not text:
        raise InvalidInput("Write something first.", {"text": "A text is needed."})
    if len(text) > MOST_CHARACTERS:
        limit = f"At most {MOST_CHARACTERS:,} characters."
        raise InvalidInput("The note is too long.", {"text": limit})
    if item.erased_at is not None:
        raise Conflict("The data of this item was erased.")
    note = Note.objects.create(item=item, author=author, text=text)
    people = [one for one in mentioned(item.process_id, text) if one.pk != author.pk]
    mentions = Mention.objects.bulk_create([Mention(note=note, person=one) for one in people])
    ledger.append(
        "note.written",
        item=item.pk,
        process=item.process_id,
        actor=f"user:{author.pk}",
        data={
            "note": str(note.pk),
            "text": commitment(text, bytes(item.salt)),
            "mentions": [str(one.pk) for one in people],
        },
    )
    if not concealment(item.pk).decisions:
        _tell(mentions, note, item)
    return note


def mentioned(process: str, text: str) -> list[User]:
    """Those a text mentions who may see the process's items, each once."""
    names = list(dict.fromkeys(_MENTION.findall(text)))
    if not names:
        return []
    known = {one.username.lower(): one for one in people_who_may(process, "view_items")}
    found: dict[UUID, User] = {}
    for name in names:
        spoken = name.lower()
        person = known.get(spoken) or known.get(spoken.rstrip(".+-@_"))
        if person is not None:
            found[person.pk] = person
    return list(found.values())


def _tell(mentions: Iterable[Mention], note: Note, item: Item) -> None:
    """Make a notice of each mention; the caller is in a transaction."""
    mentions = list(mentions)
    notify(
        [one.person_id for one in mentions],
        Notice.Kind.MENTIONED,
        item=item,
        key=f"mention:{note.pk}",
    )
    ids = [one.pk for one in mentions]
    Mention.objects.filter(pk__in=ids).update(told_at=timezone.now())


@transaction.atomic
def tell_later(limit: int = TELL_BATCH) -> int:
    """Tell of mentions on items that were sealed when they were written and no longer are."""
    # Left out here, not afterwards: many that have to wait must not hide those behind them.
    sealing = Task.objects.filter(
        Q(is_blind=True) | Q(slots__gt=1),
        item=OuterRef("note__item"),
        state__in=[Task.State.OPEN, Task.State.CLAIMED],
    )
    told = list(
        Mention.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(~Exists(sealing), told_at__isnull=True)
        .select_related("note__item")
        .order_by("pk")[:limit]
    )
    for mention in told:
        _tell([mention], mention.note, mention.note.item)
    return len(told)
