"""Near-identical documents of other items, found by an index at a hundred thousand rows."""

import json
import random

import pytest
from django.db import connection

from integrations.documents.layout import distance
from review.documents.duplicates import near_duplicates, same_file
from review.documents.fingerprint import MAX_DISTANCE, bands, mark_of
from review.models import Document, Item
from tests import factories
from tests.review.documents.files import CONTRACT, hand_in, read_all

pytestmark = pytest.mark.django_db
ROWS = 100_000
LETTER = " ".join(f"word{number}" for number in range(400))
# Items and documents as a year leaves them behind: random fingerprints, a few alike.
_ITEMS = """
    INSERT INTO review_item (id, process_id, contract_id, payload, segment, priority, due_at,
        state, salt, received_at, attempts, not_before, hint_at)
    SELECT gen_random_uuid(), %(process)s, %(contract)s, '{}', 'default', 50, now(),
        'completed', '\\x00', now(), 0, now(), now()
    FROM generate_series(1, %(rows)s)
"""
_DOCUMENTS = """
    INSERT INTO review_document (id, item_id, depth, position, name, size_bytes, sha256, blob,
        state, media_type, page_count, notes, refusal, refusal_message, layout, attempts, hint_at,
        received_at, fingerprint, bands)
    SELECT gen_random_uuid(), id, 0, 1, 'a.pdf', 1, md5(id::text), '', 'ready', '', 1, '[]', '',
        '', '', 1, now(), now(), mark,
        ARRAY[(mark & 65535)::int, (65536 + ((mark >> 16) & 65535))::int,
              (131072 + ((mark >> 32) & 65535))::int, (196608 + ((mark >> 48) & 65535))::int]
    FROM (SELECT id, hashtextextended(id::text, 7) AS mark FROM review_item) marked
"""


def turned(mark: int, *bits: int) -> int:
    """A fingerprint with these bits the other way round."""
    unsigned = mark & (2**64 - 1)
    for bit in bits:
        unsigned ^= 1 << bit
    return unsigned - 2**64 if unsigned >> 63 else unsigned


@pytest.fixture
def many(process) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _ITEMS,
            {"process": process.pk, "contract": process.contract_id, "rows": ROWS},
        )
        # A guard of documents looks each item up; by its key only once the table is known to be
        # large.
        cursor.execute("ANALYZE review_item")
        cursor.execute(_DOCUMENTS)
        cursor.execute("ANALYZE review_document")


def test_near_documents_are_found_by_their_index_among_a_hundred_thousand(process, many):
    item = hand_in(process, "x")
    one = Document.objects.exclude(item=item).order_by("pk")[500]
    assert one.bands == bands(one.fingerprint), "the database makes other bands than Python"
    others = list(Document.objects.exclude(item=item).order_by("pk")[501:504])
    for other, bits in zip(others, ([1], [1, 20, 40], [1, 2, 20, 40, 60]), strict=True):
        other.fingerprint = turned(one.fingerprint, *bits)
        other.bands = bands(other.fingerprint)
        other.save()
    nodes: list[dict] = []

    def explain(execute, sql, params, many, context):
        with connection.connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
            waiting = [cursor.fetchone()[0][0]["Plan"]]
        while waiting:
            node = waiting.pop()
            nodes.append(node)
            waiting += node.get("Plans", [])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        found = near_duplicates(process.pk, one.fingerprint, item.pk)
    assert [(near.document_id, near.distance) for near in found] == [
        (one.pk, 0),
        (others[0].pk, 1),
        (others[1].pk, 3),
    ]
    assert "document_by_bands" in json.dumps(nodes)
    assert "Seq Scan" not in {node["Node Type"] for node in nodes}
    nodes.clear()
    with connection.execute_wrapper(explain):
        (same,) = same_file(process.pk, one.sha256, item.pk)
    assert same.document_id == one.pk
    assert "document_by_content" in json.dumps(nodes)


def test_whatever_differs_in_three_bits_shares_a_band():
    chance = random.Random(7)
    for _ in range(2000):
        mark = chance.getrandbits(64) - 2**63
        other = turned(mark, *chance.sample(range(64), MAX_DISTANCE))
        assert distance(mark, other) == MAX_DISTANCE
        assert set(bands(mark) or ()) & set(bands(other) or ())


def test_a_second_copy_is_found_and_another_letter_is_not(process, reader):
    first = read_all(hand_in(process, LETTER))
    copy = read_all(hand_in(process, LETTER.replace("word7 ", "WORD7, ")))
    read_all(hand_in(process, LETTER[::-1]))
    document = Document.objects.get(item=copy)
    found = near_duplicates(process.pk, document.fingerprint, copy.pk)
    assert [near.item_id for near in found] == [first.pk]
    assert same_file(process.pk, document.sha256, copy.pk) == []


def test_neither_ones_own_nor_another_process_documents_are_duplicates(process, reader):
    item = read_all(hand_in(process, LETTER, LETTER))
    other = factories.make_process("other", contract=CONTRACT)
    read_all(hand_in(other, LETTER))
    mark = Document.objects.filter(item=item).first().fingerprint
    assert near_duplicates(process.pk, mark, item.pk) == []
    assert same_file(process.pk, Document.objects.first().sha256, item.pk) == []


def test_a_text_too_short_to_tell_is_a_duplicate_of_nothing(process, reader):
    item = read_all(hand_in(process, "Thank you"))
    assert Document.objects.get(item=item).fingerprint is None
    assert mark_of("Thank you") is None
    assert near_duplicates(process.pk, None, item.pk) == []


def test_the_number_of_answers_is_bounded(process, reader):
    for _ in range(3):
        item = read_all(hand_in(process, LETTER))
    mark = Document.objects.get(item=item).fingerprint
    assert len(near_duplicates(process.pk, mark, item.pk, limit=1)) == 1


def test_rejected_copies_hide_no_live_one(process, reader):
    """However many were rejected before it, the one that counts is found."""
    rejected = [read_all(hand_in(process, LETTER)) for _ in range(2)]
    live, new = read_all(hand_in(process, LETTER)), read_all(hand_in(process, LETTER))
    Item.objects.filter(pk__in=[one.pk for one in rejected]).update(state=Item.State.REJECTED)
    document = Document.objects.get(item=new)
    for found in (
        near_duplicates(process.pk, document.fingerprint, new.pk, limit=1),
        same_file(process.pk, document.sha256, new.pk, limit=1),
    ):
        assert [near.item_id for near in found] == [live.pk]
