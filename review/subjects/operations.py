"""Looking for a person, and reporting on them: both leave an entry that says so, not for whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction

from governance.ledger import operations as ledger
from governance.models import User
from review.erasure.disclosure import Held, report_on
from review.models import Item
from review.subjects import queries


@dataclass(frozen=True, slots=True)
class Found:
    """Items about a person, the newest first; has_more: beyond those. digests: hex, for a hold."""

    items: list[Item]
    has_more: bool
    digests: tuple[str, ...]


@transaction.atomic
def look_for(values: Sequence[str], *, processes: Collection[str], actor: User) -> Found:
    """The items that hold all these values; the ledger learns how many values and items.

    Raises InvalidInput for no value, or too many.
    """
    digests = queries.digests_of(values)
    items = queries.find(values, processes)
    ledger.append(
        "subject.searched",
        actor=f"user:{actor.pk}",
        data={"values": len(digests), "found": len(items[: queries.MOST_FOUND])},
    )
    return Found(
        items=items[: queries.MOST_FOUND],
        has_more=len(items) > queries.MOST_FOUND,
        digests=tuple(one.hex() for one in digests),
    )


@transaction.atomic
def disclose(items: Sequence[Item], *, actor: User, reference: str) -> list[Held]:
    """The report on what is held in these items; the ledger learns which they are."""
    ledger.append(
        "subject.disclosed",
        actor=f"user:{actor.pk}",
        data={"items": [str(one.pk) for one in items], "reference": reference[:80]},
    )
    return report_on(items)
