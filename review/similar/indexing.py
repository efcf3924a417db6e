"""Making past cases from what the ledger says was decided."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction

from integrations.vectors import vector_of
from review.following import operations as following
from review.models import Decision, Item, PastCase
from review.similar.texts import text_of

READER = "similar"
_log = structlog.get_logger(__name__)
_DECIDED = frozenset({"decision.made", "decision.amended"})


def follow(limit: int = following.BATCH) -> int:
    """Read on in the ledger; how many entries were read, 0 when none is left or
    another reads on."""
    stretch = following.ahead(READER, limit)
    if not stretch.entries:
        return 0
    remember(
        list(
            dict.fromkeys(
                one.item
                for one in stretch.entries
                if one.item is not None
                and one.kind in _DECIDED
                # What the model decided alone is no precedent for people.
                and one.actor.startswith("user:")
            )
        )
    )
    with transaction.atomic():
        has_moved = following.move_on(stretch)
    # Who was overtaken stops: jobs of several ticks would do all the same work side by side.
    return len(stretch.entries) if has_moved else 0


def remember(item_ids: Sequence[UUID]) -> None:
    """Keep a vector for each of these items that a person has settled, once an item.

    What an item was like does not change with what was decided, so that one which is there
    stays; whether its decision was reversed is read with the decision, never kept here.
    """
    settled = Decision.objects.filter(item__in=item_ids, settles=True, actor__isnull=False)
    wanted = set(settled.values_list("item_id", flat=True))
    wanted -= set(PastCase.objects.filter(item__in=wanted).values_list("item_id", flat=True))
    found = []
    for item in Item.objects.filter(pk__in=wanted).order_by("pk"):
        try:
            vector = vector_of(text_of(item))
        except DatabaseError:
            raise
        except Exception as error:
            # An item that cannot be read is no precedent; it must not stop those behind it.
            _log.exception("case_not_remembered", item=str(item.pk), error=type(error).__name__)
            continue
        if vector is not None:
            found.append(PastCase(item=item, process_id=item.process_id, vector=vector))
    PastCase.objects.bulk_create(found, ignore_conflicts=True)
