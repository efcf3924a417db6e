"""Whatever comes in: a clear 4xx, nothing stored, and no value repeated in the answer."""

import json
from io import BytesIO

import pytest

from governance.models import Entry
from review.api import problems
from review.models import IdempotencyKey, Item
from tests.review.api.conftest import pointers, problem

pytestmark = pytest.mark.django_db

SECRET = "do-not-repeat-me"


@pytest.fixture(autouse=True)
def nothing_stored(process, producer):
    yield
    assert not Item.objects.exists()
    assert not IdempotencyKey.objects.exists()
    assert not Entry.objects.filter(item__isnull=False).exists()


def raw(payload):
    return b'{"process": "desk", "payload": ' + payload + b"}"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"process=desk",
        b'{"process": "desk", "payload": {"text": "\xff\xfe"}}',
        b"\xef\xbb\xbf{}",
        raw(b'{"text": "a", "amount": 1e400}'),
        raw(b'{"text": "a", "amount": NaN}'),
        raw(b'{"text": "a", "amount": Infinity}'),
        raw(b'{"text": "a", "amount": 123456789012345678901234567890}'),
        raw(b'{"text": "a\\u0000b"}'),
        raw(b'{"text": "a\\ud800"}'),
        raw(b'{"text": "a", "text": "b"}'),
        raw(b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        b'{"process": "desk", "process": "other", "payload": {}}',
        raw(b'{"text": ' + b"[" * 31 + b"]" * 31 + b"}"),  # the 33rd level
        b"[" * 500_000,
        b"\x00",
    ],
)
def test_what_is_not_json_is_refused_with_its_place(producer, body):
    document = problem(producer.post("items/", body), 400, "malformed")
    assert "line" in document["detail"]
    assert "column" in document["detail"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ([], [""]),
        ("desk", [""]),
        (None, None),
        (7, [""]),
        ({}, ["/payload", "/process"]),
        ({"process": "desk"}, ["/payload"]),
        ({"process": 5, "payload": {}}, ["/process"]),
        ({"process": "desk", "payload": []}, ["/payload"]),
        ({"process": "desk", "payload": "text"}, ["/payload"]),
        ({"process": "desk", "payload": {}}, ["/payload/text"]),
        ({"process": "desk", "payload": {"text": ["a"]}}, ["/payload/text"]),
        ({"process": "desk", "payload": {"text": "x" * 20_001}}, ["/payload/text"]),
        ({"process": "desk", "payload": {"text": "a"}, "priority": "high"}, ["/priority"]),
        ({"process": "desk", "payload": {"text": "a"}, "priority": 101}, ["/priority"]),
        ({"process": "desk", "payload": {"text": "a"}, "priority": -1}, ["/priority"]),
        ({"process": "desk", "payload": {"text": "a"}, "priority": True}, ["/priority"]),
        ({"process": "desk", "payload": {"text": "a"}, "priority": 1.5}, ["/priority"]),
        ({"process": "desk", "payload": {"text": "a"}, "due_at": "soon"}, ["/due_at"]),
        ({"process": "desk", "payload": {"text": "a"}, "due_at": "2030-01-01"}, ["/due_at"]),
        (
            {"process": "desk", "payload": {"text": "a"}, "due_at": "2030-01-01T00:00:00"},
            ["/due_at"],
        ),
        ({"process": "desk", "payload": {"text": "a"}, "external_id": ""}, ["/external_id"]),
        ({"process": "desk", "payload": {"text": "a"}, "external_id": 5}, ["/external_id"]),
        ({"process": "desk", "payload": {"text": "a"}, "external_id": "x" * 201}, ["/external_id"]),
        ({"process": "desk", "payload": {"text": "a"}, "segment": "nosuch"}, ["/segment"]),
        ({"process": "desk", "payload": {"text": "a"}, "documents": {}}, ["/documents"]),
        (
            {
                "process": "desk",
                "payload": {"text": "a"},
                "documents": [{"name": "a.txt", "content": "eA=="}],
            },
            ["/documents"],
        ),
    ],
)
def test_what_is_not_an_item_is_refused_by_field(producer, body, where):
    response = producer.post("items/", json.dumps(body).encode())
    problem(response, 422, "invalid")
    if where is not None:
        assert pointers(response) == where


@pytest.mark.parametrize("name", ["missing", "", "x" * 61, "../etc", "desk\n", SECRET])
def test_an_unknown_process(owner, name):
    response = owner.post("items/", {"process": name, "payload": {"text": "a"}})
    problem(response, 422, "invalid")
    assert pointers(response) == ["/process"]


def test_an_empty_body(producer):
    problem(producer.post("items/"), 422)


def test_an_oversized_body(producer, settings):
    body = json.dumps({"process": "desk", "payload": {"text": "x" * 2_000_000}}).encode()
    problem(producer.post("items/", body), 413, "too_large")


def streamed(caller, body):
    """A body that is read from, as a server has it, instead of one already in memory."""
    kind = {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body.getvalue()))}
    return caller.post("items/", b"", **kind, **{"wsgi.input": body})


@pytest.mark.parametrize("secret", [None, "csk_00000000_none"])
def test_a_refused_body_is_read_on_so_that_its_client_gets_the_answer(producer, secret):
    if secret is not None:
        producer.headers = {"Authorization": f"Bearer {secret}"}
    body = BytesIO(b"x" * 2_000_000)
    problem(streamed(producer, body), 413 if secret is None else 401)
    assert body.tell() == 2_000_000


def test_of_a_monstrous_body_only_so_much_is_read(producer):
    body = BytesIO(b"x" * (problems.DRAINED_BYTES + 1_000_000))
    problem(streamed(producer, body), 413)
    assert body.tell() == problems.DRAINED_BYTES


def test_an_oversized_body_that_lies_about_its_length(producer, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    body = json.dumps({"process": "desk", "payload": {"text": "x" * 500}}).encode()
    problem(producer.post("items/", body, CONTENT_LENGTH="20"), 400, "malformed")


def test_a_text_beyond_what_one_field_may_hold(producer, settings):
    settings.JSON_MAX_FIELD_CHARACTERS = 50
    body = {"process": "desk", "payload": {"text": "x" * 51}}
    response = producer.post("items/", body)
    problem(response, 422)
    assert pointers(response) == ["/payload/text"]


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "multipart/mixed; boundary=x", "nonsense"],
)
def test_another_content_type(producer, content_type):
    body = json.dumps({"process": "desk", "payload": {"text": "a"}}).encode()
    problem(producer.post("items/", body, content_type=content_type), 415)


def test_a_body_of_unknown_length(producer):
    headers = {"Transfer-Encoding": "chunked"}
    response = producer.post("items/", b"{}", headers=headers, CONTENT_LENGTH="")
    problem(response, 411, "length_required")


@pytest.mark.parametrize(
    "body",
    [
        {"process": "desk", "payload": {"text": "a", "channel": SECRET}},
        {"process": "desk", "payload": {"text": "a"}, "segment": SECRET},
        {"process": "desk", "payload": {"text": "a"}, "due_at": SECRET},
        {"process": "desk", "payload": {"text": "a"}, "priority": SECRET},
        {"process": SECRET, "payload": {"text": "a"}},
    ],
)
def test_no_submitted_value_is_repeated(producer, owner, body):
    for caller in (producer, owner):
        response = caller.post("items/", body)
        assert response.status_code in {403, 422}
        assert SECRET not in response.content.decode()


def test_a_syntax_error_does_not_repeat_the_text(producer):
    response = producer.post("items/", f'{{"process": "{SECRET}", oops'.encode())
    problem(response, 400)
    assert SECRET not in response.content.decode()
