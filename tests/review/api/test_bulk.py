"""Many items in one call: a result a line, and a bad line fails alone."""

import json

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from governance.models import Entry
from review.api import bulk
from review.models import Item
from tests import factories
from tests.review.api.conftest import Caller, pointers, problem, signed_in

pytestmark = pytest.mark.django_db

NDJSON = "application/x-ndjson"
QUERY = "?process=desk"


def line(number, **changes):
    return {"payload": {"text": f"Message {number}"}, "external_id": f"t-{number}", **changes}


def test_each_line_gets_its_result_in_order(producer):
    results = producer.bulk([line(1), line(2), line(3)], query=QUERY)
    assert [(one["line"], one["status"]) for one in results] == [
        (1, "created"),
        (2, "created"),
        (3, "created"),
    ]
    ids = [str(item.pk) for item in Item.objects.order_by("external_id")]
    assert [one["id"] for one in results] == ids
    assert results[0]["url"] == f"http://testserver/api/v1/items/{ids[0]}/"
    assert Entry.objects.filter(kind="item.received").count() == 3


def test_a_line_may_name_its_process(producer, owner):
    for caller in (producer, owner):
        (result,) = caller.bulk([line(1, process="desk")])
        assert result["status"] in {"created", "repeated"}
    assert Item.objects.count() == 1


def test_without_any_process_every_line_is_refused(producer):
    results = producer.bulk([line(1), line(2, process="desk")])
    assert [one["status"] for one in results] == ["refused", "created"]
    assert results[0]["errors"][0]["pointer"] == "/process"


def test_bad_lines_fail_alone(producer):
    results = producer.bulk(
        [
            line(1),
            b"{not json",
            b'{"payload": {"text": "a"}, "payload": {"text": "b"}}',
            b'{"payload": {"text": "\xff"}}',
            b'{"payload": {"text": "a", "amount": 1e400}}',
            b'{"payload": {"text": "a\\u0000"}}',
            b"[" * 40 + b"]" * 40,
            b'"text"',
            {"payload": {"text": 5}},
            {"payload": {"text": "x"}, "process": "other"},
            {"payload": {"text": "x"}, "colour": "red"},
            line(2),
        ],
        query=QUERY,
    )
    assert [one["line"] for one in results] == list(range(1, 13))
    assert [one["status"] for one in results] == ["created", *["refused"] * 10, "created"]
    assert all(one["detail"] and one["code"] for one in results[1:-1])
    assert results[8]["errors"] == [
        {"pointer": "/payload/text", "detail": "must be of type string"}
    ]
    assert Item.objects.count() == 2


def test_lines_are_counted_as_they_stand_in_the_body(producer):
    rows = [b"", json.dumps(line(1)).encode() + b"\r", b"   ", json.dumps(line(2)).encode(), b""]
    results = producer.bulk(rows, query=QUERY)
    assert [(one["line"], one["status"]) for one in results] == [(2, "created"), (4, "created")]


def test_repeated_lines_are_found_again(producer):
    producer.bulk([line(1)], query=QUERY)
    changed = line(1, payload={"text": "Other."})
    results = producer.bulk([line(1), line(2), line(2), changed], query=QUERY)
    assert [one["status"] for one in results] == ["repeated", "created", "repeated", "refused"]
    assert results[3]["code"] == "conflict"
    assert Item.objects.count() == 2


def test_repeating_a_call_does_not_look_for_each_item_alone(producer):
    def statements(rows):
        with CaptureQueriesContext(connection) as captured:
            producer.bulk(rows, query=QUERY)
        return len(captured)

    few, many = [line(number) for number in range(5)], [line(number) for number in range(40)]
    producer.bulk(many, query=QUERY)
    assert statements(many) <= statements(few) + 3  # from twenty rows on COPY is used


def test_a_line_too_long_fails_alone(producer, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 200
    long = json.dumps(line(2, payload={"text": "x" * 500})).encode()
    results = producer.bulk([line(1), long, line(3)], query=QUERY)
    assert [(one["line"], one["status"], one.get("code")) for one in results] == [
        (1, "created", None),
        (2, "refused", "too_large"),
        (3, "created", None),
    ]


def test_lines_beyond_the_limit_are_not_read(producer, settings):
    settings.BULK_MAX_ITEMS = 2
    results = producer.bulk([line(1), line(2), line(3), line(4)], query=QUERY)
    assert [(one["line"], one["status"], one.get("code")) for one in results] == [
        (1, "created", None),
        (2, "created", None),
        (3, "refused", "too_many"),
    ]
    assert Item.objects.count() == 2


def test_a_body_too_large_is_refused_before_it_is_read(producer, settings):
    settings.BULK_MAX_BODY_BYTES = 50
    problem(producer.bulk([line(1), line(2)], query=QUERY), 413, "too_large")
    assert not Item.objects.exists()


@pytest.mark.parametrize("body", [b"", b"\n\n  \n"])
def test_a_body_without_lines(producer, body):
    problem(producer.post(f"items/bulk/{QUERY}", body, content_type=NDJSON), 422)


def test_another_content_type(producer):
    response = producer.post(f"items/bulk/{QUERY}", [line(1)])
    problem(response, 415, "unsupported_media_type")
    assert not Item.objects.exists()


def test_a_body_of_unknown_length(producer):
    headers = {"Transfer-Encoding": "chunked"}
    response = producer.post(
        f"items/bulk/{QUERY}", b"{}", content_type=NDJSON, headers=headers, CONTENT_LENGTH=""
    )
    problem(response, 411, "length_required")


def test_a_compressed_body(producer):
    response = producer.post(
        f"items/bulk/{QUERY}",
        b"\x1f\x8b",
        content_type=NDJSON,
        headers={"Content-Encoding": "gzip"},
    )
    problem(response, 415)


def test_an_unknown_process_in_the_address(owner):
    response = owner.post("items/bulk/?process=missing", b"{}", content_type=NDJSON)
    problem(response, 422)
    assert pointers(response) == ["/process"]


def test_those_who_may_not_hand_in(cast, process):
    problem(signed_in(cast.operator).bulk([line(1)], query=QUERY), 403)
    _, secret = factories.make_key(process, scopes=["items:read"])
    problem(Caller(secret=secret).bulk([line(1)], query=QUERY), 403, "missing_scope")
    problem(Caller(secret=secret).bulk([line(1, process="desk")]), 403, "missing_scope")
    (result,) = signed_in(cast.operator).bulk([line(1, process="desk")])
    assert (result["status"], result["code"]) == ("refused", "not_allowed")
    assert not Item.objects.exists()


def test_batches_are_stored_one_by_one(producer, monkeypatch):
    monkeypatch.setattr(bulk, "BATCH", 2)
    sizes = []
    in_earnest = bulk.receive_bulk

    def receive_bulk(process, items, **options):
        sizes.append(len(items))
        return in_earnest(process, items, **options)

    monkeypatch.setattr(bulk, "receive_bulk", receive_bulk)
    results = producer.bulk([line(number) for number in range(5)], query=QUERY)
    assert sizes == [2, 2, 1]
    assert [one["status"] for one in results] == ["created"] * 5


def test_lines_the_database_did_not_take_say_so_and_the_others_stand(producer, monkeypatch):
    monkeypatch.setattr(bulk, "BATCH", 2)
    in_earnest, calls = bulk.receive_bulk, []

    def receive_bulk(process, items, **options):
        calls.append(items)
        if len(calls) == 2:
            raise OperationalError("gone")
        return in_earnest(process, items, **options)

    monkeypatch.setattr(bulk, "receive_bulk", receive_bulk)
    results = producer.bulk([line(number) for number in range(5)], query=QUERY)
    assert [one["status"] for one in results] == [
        "created",
        "created",
        "failed",
        "failed",
        "created",
    ]
    assert results[2]["code"] == "unavailable"
