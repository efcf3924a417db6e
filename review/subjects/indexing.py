"""Making the digests that find a person's items, from what the ledger says has changed.

As for search, intake pays nothing for it: a job reads on in the ledger every few seconds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import transaction

from governance.contracts.agreement import agreement_of
from governance.contracts.conditions import value_at
from governance.contracts.schemas import personal_paths
from governance.privacy.vault.fields import at_rest
from review.following import operations as following
from review.models import Candidate, Decision, Item, ShadowCandidate, SubjectKey
from review.subjects.normalising import identifiers
from review.subjects.secret import digest, secret

READER = "subjects"
ITEMS_A_STEP = 200
_TELLING = frozenset(
    {
        *("item.received", "item.routed", "candidate.made", "shadow.answered"),
        *("decision.made", "decision.amended"),
    }
)


def follow(limit: int = following.BATCH) -> int:
    """Read on in the ledger; how many entries were read, 0 when none is left or another reads."""
    stretch = following.ahead(READER, limit)
    if not stretch.entries:
        return 0
    changed = list(
        dict.fromkeys(
            one.item for one in stretch.entries if one.item is not None and one.kind in _TELLING
        )
    )
    for start in range(0, len(changed), ITEMS_A_STEP):
        remember(changed[start : start + ITEMS_A_STEP])
    with transaction.atomic():
        has_moved = following.move_on(stretch)
    return len(stretch.entries) if has_moved else 0


def remember(item_ids: Sequence[UUID]) -> None:
    """Add the digests that these items lack.

    A value that a correction replaced stays: the candidate that said it is still there.
    """
    key = secret()
    found = {
        (item_id, digest(key, one))
        for item_id, values in values_of(item_ids)
        for one in values
        if one
    }
    rows = [SubjectKey(item_id=item_id, digest=value) for item_id, value in sorted(found)]
    SubjectKey.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)


def values_of(item_ids: Sequence[UUID]) -> Iterator[tuple[UUID, set[str]]]:
    """What names a person in each item: input, candidates' and verdicts' outputs, by label."""
    items = Item.objects.filter(pk__in=item_ids, content_erased_at__isnull=True).order_by("pk")
    outputs: dict[UUID, list[Any]] = {}
    rows = chain(
        Candidate.objects.filter(item__in=item_ids).values_list("item_id", "output"),
        ShadowCandidate.objects.filter(item__in=item_ids).values_list("item_id", "output"),
        Decision.objects.filter(item__in=item_ids).values_list("item_id", "output"),
    )
    for item_id, output in rows:
        outputs.setdefault(item_id, []).append(output)
    for item in items:
        agreement = agreement_of(item.contract_id)
        values = set(_personal(agreement.input_schema, [item.payload]))
        told = (at_rest(one) or {} for one in outputs.get(item.pk, []))
        opened = [item.vault.open("output", one) for one in told]
        values |= set(_personal(agreement.output_schema, opened))
        yield item.pk, values


def _personal(schema: Mapping[str, Any], sources: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    paths = [path.split(".") if path else [] for path in personal_paths(schema)]
    for source in sources:
        for path in paths:
            yield from identifiers(value_at(source, path))
