"""Finding the items about a person."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import connection

from governance.errors import InvalidInput
from review.models import Item
from review.subjects.normalising import normalised
from review.subjects.secret import digest, secret

MOST_FOUND = 100
MOST_VALUES = 4
_FIND_SQL = """
    SELECT k.item_id FROM review_subjectkey k JOIN review_item i ON i.id = k.item_id
    WHERE k.digest = ANY(%s) AND i.process_id = ANY(%s)
    GROUP BY k.item_id HAVING count(DISTINCT k.digest) = %s
    ORDER BY k.item_id DESC LIMIT %s
"""


def digests_of(values: Sequence[str]) -> list[bytes]:
    """One digest for each different value. Raises InvalidInput for none or too many."""
    wanted = {one for one in map(normalised, values) if one}
    if not wanted:
        raise InvalidInput("Say who it is.", {"values": "A value with letters or digits."})
    if len(wanted) > MOST_VALUES:
        raise InvalidInput("Too many values.", {"values": f"At most {MOST_VALUES}."})
    key = secret()
    return sorted(digest(key, one) for one in wanted)


def find(values: Sequence[str], processes: Collection[str]) -> list[Item]:
    """Items that hold every one of these values in fields labelled personal, the newest first.

    At most MOST_FOUND + 1, so that the caller can say that there are more.
    """
    digests = digests_of(values)
    with connection.cursor() as cursor:
        cursor.execute(_FIND_SQL, [digests, list(processes), len(digests), MOST_FOUND + 1])
        ids = [row[0] for row in cursor.fetchall()]
    return list(
        Item.objects.filter(pk__in=ids).defer("payload").select_related("process").order_by("-pk")
    )
