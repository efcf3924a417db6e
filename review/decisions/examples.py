"""What people decided, as examples to learn from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from governance.privacy.vault.fields import at_rest
from governance.privacy.vault.vault import Vault
from integrations.documents.model import ReadDocument
from review.documents import giving
from review.models import Decision

# As many as an extractor remembers; older ones say little about today's issuers.
MOST = 4_000
_TOGETHER = 50


def decided(process: str, most: int = MOST) -> Iterator[tuple[list[ReadDocument], dict[str, Any]]]:
    """Documents and output of the last items that a person settled by accepting or correcting.

    Oldest first, so that the last correction of an issuer wins. An acceptance in a bulk run is left
    out: nobody looked at that item by itself, and a model would learn from its own answers. Items
    whose documents cannot all be read are left out. Reads a blob a document, outside any
    transaction.
    """
    looked_at = Q(run__isnull=True) | Q(verdict=Decision.Verdict.CORRECT)
    rows = list(
        Decision.objects.filter(
            looked_at,
            item__process_id=process,
            item__content_erased_at__isnull=True,
            item__documents_erased_at__isnull=True,
            state=Decision.State.ACTIVE,
            settles=True,
            actor__isnull=False,
            verdict__in=[Decision.Verdict.ACCEPT, Decision.Verdict.CORRECT],
        )
        .order_by("-created_at", "-pk")
        .values_list("item__contract_id", "item_id", "item__seed", "output")[:most]
    )
    rows.reverse()
    for first in range(0, len(rows), _TOGETHER):
        part = rows[first : first + _TOGETHER]
        given = giving.given_of([item for _, item, _, _ in part])
        for contract, item, seed, stored in part:
            output = Vault(contract, item, seed).open("output", at_rest(stored))
            documents = given.get(item, giving.NOTHING)
            if output and documents.documents and not documents.findings:
                yield [one.read for one in documents.documents], output
