"""Claim what an item says, and learn whether another item said it before.

Two equal items may be recorded at the same moment, each in a transaction that does not see the
other's row. An advisory lock on the digest lets the second wait for the first one's end, so that it
sees what the first has claimed: at most one of them passes. It is taken after the item's row and
held for nothing else; those with several take them in the order of the contract's checks, whose
numbers differ by check, so that no two wait for each other.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import connection

from governance.contracts.agreement import Agreement, CheckSpec
from governance.contracts.conditions import value_at
from governance.contracts.rules.registry import is_absent
from governance.ledger.canonical import canonical
from review.duplicates.models import DuplicateKey, DuplicateSecret, new_secret
from review.items.models import Item

TEST = "duplicate"
# Terms that are compared as names: legal forms and marks do not tell two of them apart.
_NAMES = frozenset({"seller_name", "buyer_name", "company", "full_name", "surname", "given_names"})

# The first number names this use among all advisory locks of the database.
_LOCK_SQL = "SELECT pg_advisory_xact_lock(%s, %s)"
_LOCK_SPACE = 0x6475  # "du"
_CLAIM_SQL = """
    WITH mine AS (
        INSERT INTO review_duplicatekey (id, process_id, check_name, digest, item_id, created_at)
        VALUES (%(id)s, %(process)s, %(check)s, %(digest)s, %(item)s, now())
        ON CONFLICT (item_id, check_name) DO UPDATE SET digest = excluded.digest
        RETURNING 1)
    SELECT EXISTS (
        SELECT 1 FROM review_duplicatekey k JOIN review_item i ON i.id = k.item_id
        WHERE k.process_id = %(process)s AND k.check_name = %(check)s AND k.digest = %(digest)s
          AND k.item_id <> %(item)s AND i.state <> 'rejected')
    FROM mine
"""


def claim(item: Item, agreement: Agreement, check: CheckSpec, values: Iterable[Any]) -> bool:
    """Keep what the item says under a check; whether another item says the same.

    The caller holds the item's row lock in the transaction that keeps the output. Rejected items
    do not count: who sends a refused invoice again, mended elsewhere, is not held up by it.
    """
    said = [
        _normalised(value, path, agreement) for value, path in zip(values, check.of, strict=True)
    ]
    if not any(said):
        forget(item, check)
        return False
    digest = hmac.digest(_secret(item.process_id), canonical([check.name, *said]), "sha256")
    key = DuplicateKey(process_id=item.process_id, check_name=check.name, item=item)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_SQL, [_LOCK_SPACE, int.from_bytes(digest[:4], signed=True)])
        cursor.execute(
            _CLAIM_SQL,
            {
                "id": key.pk,
                "process": item.process_id,
                "check": check.name,
                "digest": digest,
                "item": item.pk,
            },
        )
        (is_taken,) = cursor.fetchone()
    return bool(is_taken)


def forget(item: Item, check: CheckSpec) -> None:
    """Give up what the item had claimed: it says nothing any more."""
    DuplicateKey.objects.filter(item=item, check_name=check.name).delete()


def claim_decided(item: Item, agreement: Agreement, output: Mapping[str, Any]) -> None:
    """Keep what a person's output says: later items are compared with what was decided."""
    context = {"input": item.payload, "output": output}
    for check in agreement.checks:
        if check.test == TEST:
            claim(item, agreement, check, [value_at(context, path.split(".")) for path in check.of])


def _normalised(value: Any, path: str, agreement: Agreement) -> str:
    """A value as it is compared: names by their telling words, texts by letters and digits."""
    if is_absent(value):
        return ""
    if isinstance(value, str):
        # Here, so that the web, which decides, does not carry the tables of scripts.
        from integrations.screening.transliteration import capitals
        from integrations.screening.wording import telling

        words = capitals(value, "plain")
        return (
            " ".join(telling(words)) if _term(path, agreement) in _NAMES else words.replace(" ", "")
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        return format(Decimal(str(value)).normalize(), "f")
    return canonical(value).decode()


def _term(path: str, agreement: Agreement) -> str:
    root, _, name = path.partition(".")
    terms = agreement.output_terms if root == "output" else agreement.input_terms
    return terms.get(name, "")


def _secret(process: str) -> bytes:
    found = DuplicateSecret.objects.filter(pk=process).values_list("secret", flat=True).first()
    if found is None:
        # Of two who are first at once, one's insert does nothing; both then read the same.
        DuplicateSecret.objects.bulk_create(
            [DuplicateSecret(process_id=process, secret=new_secret())], ignore_conflicts=True
        )
        found = DuplicateSecret.objects.values_list("secret", flat=True).get(pk=process)
    return bytes(found)
