"""Documents of other items, not rejected, that are the same file or nearly the same text."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from review.documents.fingerprint import MAX_DISTANCE, bands

LIMIT = 20

_NEAR_SQL = """
    SELECT d.id, d.item_id, bit_count((d.fingerprint # %(fingerprint)s)::bit(64)) AS distance
    FROM review_document d JOIN review_item i ON i.id = d.item_id
    WHERE d.bands && %(bands)s::int[] AND i.process_id = %(process)s AND d.item_id <> %(item)s
      AND i.state <> 'rejected'
      AND bit_count((d.fingerprint # %(fingerprint)s)::bit(64)) <= %(distance)s
    ORDER BY distance, d.id LIMIT %(limit)s
"""
_SAME_SQL = """
    SELECT d.id, d.item_id, 0 AS distance
    FROM review_document d JOIN review_item i ON i.id = d.item_id
    WHERE d.sha256 = %(sha256)s AND i.process_id = %(process)s AND d.item_id <> %(item)s
      AND i.state <> 'rejected'
    ORDER BY d.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Near:
    """A document of another item; distance is in bits of 64, 0 for the same text or file."""

    document_id: UUID
    item_id: UUID
    distance: int


def near_duplicates(
    process: str,
    fingerprint: int | None,
    not_item: UUID,
    *,
    max_distance: int = MAX_DISTANCE,
    limit: int = LIMIT,
) -> list[Near]:
    """Documents of the process's other items with nearly this text, nearest first.

    Exact up to MAX_DISTANCE bits; beyond it some are missed, since the index finds those alone
    that share a quarter. Nothing for fingerprint None: too short a text to compare.
    """
    if fingerprint is None:
        return []
    values = {
        "fingerprint": fingerprint,
        "bands": bands(fingerprint),
        "process": process,
        "item": not_item,
        "distance": max_distance,
        "limit": limit,
    }
    return _found(_NEAR_SQL, values)


def same_file(process: str, sha256: str, not_item: UUID, *, limit: int = LIMIT) -> list[Near]:
    """Documents of the process's other items that are this file, byte for byte; oldest first."""
    values = {"sha256": sha256, "process": process, "item": not_item, "limit": limit}
    return _found(_SAME_SQL, values)


def _found(sql: str, values: dict[str, Any]) -> list[Near]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [Near(*row) for row in cursor.fetchall()]
