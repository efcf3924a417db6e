"""Files by the API: as base64 in JSON, or as multipart; limits hold while they are received."""

import io
import json
import tempfile
from base64 import b64encode

import pytest
from django.test import Client
from django.test.client import encode_multipart

from governance.errors import Conflict, InvalidInput
from governance.models import Entry
from review.api import authentication, throttling
from review.documents import blobs
from review.documents.incoming import IncomingFile
from review.items.intake import Incoming, receive, receive_bulk
from review.models import Document, Item, Writing
from tests import factories
from tests.review.api.conftest import Caller, pointers, problem
from tests.review.documents.files import hand_in

pytestmark = pytest.mark.django_db
MEBIBYTE = 1024 * 1024
BOUNDARY = "----between"
PARTS = f"multipart/form-data; boundary={BOUNDARY}"  # Django's client encodes its own by itself
ITEM = {"process": "desk", "payload": {"text": "Hello"}}


@pytest.fixture(autouse=True)
def fresh_memory():
    authentication.kept_keys.clear()
    throttling.away.end()


@pytest.fixture
def producer(process) -> Caller:
    _, secret = factories.make_key(process)
    return Caller(secret=secret)


def as_json(*contents: bytes, **changes) -> dict:
    files = [
        {"name": f"file-{number}.txt", "content": b64encode(one).decode()}
        for number, one in enumerate(contents)
    ]
    return {**ITEM, "documents": files, **changes}


def as_parts(*files: tuple[str, bytes], item=ITEM, before: dict | None = None) -> bytes:
    named = []
    for name, content in files:
        file = io.BytesIO(content)
        file.name = name
        named.append(file)
    return encode_multipart(
        BOUNDARY, {**(before or {}), "item": json.dumps(item), "documents": named}
    )


def post_parts(caller: Caller, body: bytes, **options):
    return caller.post("items/", body, content_type=PARTS, **options)


def stored() -> list[bytes]:
    """What lies in the storage of each document, in their order."""
    return [
        blobs.read(one.blob, blobs.data_key_of(one.item_id))
        for one in Document.objects.order_by("item_id", "position")
    ]


def assert_nothing_is_here() -> None:
    assert not Item.objects.exists()
    assert not Document.objects.exists()
    assert not Writing.objects.exists()


def test_files_in_json_are_kept_in_their_order(producer):
    response = producer.post("items/", as_json(b"first", b"second"))
    assert response.status_code == 202, response.content
    assert stored() == [b"first", b"second"]
    assert Item.objects.get().documents_pending == 2
    received = Entry.objects.filter(kind="document.received").order_by("id")
    assert [one.data["size_bytes"] for one in received] == [5, 6]
    assert all(len(one.data["sha256"]) == 64 for one in received)


def test_files_as_multipart_are_kept_in_their_order(producer):
    body = as_parts(("a.txt", b"first\r\n--x"), ("b.pdf", b"second" * 100_000))
    response = post_parts(producer, body)
    assert response.status_code == 202, response.content
    assert stored() == [b"first\r\n--x", b"second" * 100_000]
    names = list(Document.objects.order_by("position").values_list("name", flat=True))
    assert names == ["a.txt", "b.pdf"]


def test_a_session_hands_files_in_with_its_token_and_not_without(process, cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.owner)
    options = {"content_type": PARTS}
    refused = client.post("/api/v1/items/", as_parts(("a.txt", b"x")), **options)
    problem(refused, 403, "csrf_failed")
    assert_nothing_is_here()
    token = "t" * 32
    client.cookies["csrftoken"] = token
    accepted = client.post(
        "/api/v1/items/", as_parts(("a.txt", b"x")), headers={"X-CSRFToken": token}, **options
    )
    assert accepted.status_code == 202, accepted.content


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ida\\bill.pdf", "bill.pdf"),
        ("bi\x00ll\r\n.pdf", "bi ll .pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("...", "document"),
        ("x" * 900 + ".pdf", "x" * 250 + "….pdf"),
        ("e\u0301te\u0301.pdf", "été.pdf"),
    ],
)
def test_names_are_only_words_for_people(process, name, shown):
    receive(
        process,
        Incoming({"text": "x"}, documents=(IncomingFile(name, b"x"),)),
        actor=factories.ACTOR,
    )
    document = Document.objects.get()
    assert document.name == shown
    assert len(document.name) <= 255
    assert shown not in document.blob


@pytest.mark.parametrize("send", ["json", "parts"])
@pytest.mark.parametrize(
    ("contents", "status"),
    [([], 422), ([b"x"] * 4, 422), ([b""], 422), ([b"x" * (MEBIBYTE + 1)], None)],
)
def test_what_the_contract_does_not_allow_is_refused_with_its_place(
    producer, send, contents, status
):
    if send == "json":
        response = producer.post("items/", as_json(*contents))
    else:
        response = post_parts(producer, as_parts(*(("f.txt", one) for one in contents)))
    if status is None:
        status = 422 if send == "json" else 413
    document = problem(response, status)
    if status == 422:
        assert all(pointer.startswith("/documents") for pointer in pointers(response))
    else:
        assert "File 1" in document["detail"]
    assert_nothing_is_here()


def test_a_process_without_documents_takes_none(db):
    factories.make_process("plain")
    with pytest.raises(InvalidInput) as caught:
        hand_in(factories.Process.objects.get(pk="plain"), "x")
    assert set(caught.value.errors) == {"documents"}
    assert_nothing_is_here()


def test_a_file_too_large_is_not_read_to_its_end(producer, monkeypatch):
    """The rest of it is only thrown away so that the client gets to read the answer."""
    kept = []
    real = tempfile.SpooledTemporaryFile.write

    def write(self, piece):
        kept.append(len(piece))
        return real(self, piece)

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "write", write)
    body = as_parts(("huge.pdf", b"x" * 6 * MEBIBYTE))
    problem(post_parts(producer, body), 413, "too_large")
    assert sum(kept) <= MEBIBYTE


def test_the_item_comes_before_its_files(producer):
    body = encode_multipart(BOUNDARY, {"documents": io.BytesIO(b"x"), "item": json.dumps(ITEM)})
    problem(post_parts(producer, body), 422)
    assert_nothing_is_here()


def test_whoever_may_not_hand_in_is_refused_before_a_file_is_taken(process, cast, monkeypatch):
    monkeypatch.setattr(
        "review.api.multipart.Parts.files", lambda *_: pytest.fail("a file was taken")
    )
    client = Client()
    client.force_login(cast.operator)
    response = client.post("/api/v1/items/", as_parts(("a.txt", b"x")), content_type=PARTS)
    problem(response, 403, "not_allowed")


def test_a_body_that_was_cut_off_is_refused_and_not_kept_in_part(producer):
    body = as_parts(("a.txt", b"x" * 5000))
    for cut in (3, 4, 30, 200, 3000):
        problem(post_parts(producer, body[:-cut]), 400)
    assert_nothing_is_here()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no boundary at all",
        b"--" + BOUNDARY.encode() + b"\r\n\r\n\r\n",
        b"--" + BOUNDARY.encode() + b"--\r\n",
        (b"--" + BOUNDARY.encode() + b"\r\n\r\n") * 5000,
        as_parts(item={"process": "desk"}),
        as_parts(item=[]),
        as_parts(("a.txt", b"x")).replace(b'name="documents"', b'name="other"'),
        as_parts(("a.txt", b"x")).replace(b"form-data; name=", b"form-data; nome="),
        as_parts(("a.txt", b"x")).replace(
            b"Content-Type: text/plain", b"Content-Transfer-Encoding: base64"
        ),
    ],
)
def test_a_body_of_another_form_is_one_clear_problem(producer, body):
    response = post_parts(producer, body)
    assert response.status_code in {400, 415, 422}, response.content
    problem(response, response.status_code)
    assert_nothing_is_here()


def test_an_idempotency_key_covers_the_files(producer):
    headers = {"Idempotency-Key": "k1"}
    first = post_parts(producer, as_parts(("a.txt", b"one")), headers=headers)
    again = post_parts(
        producer,
        as_parts(("a.txt", b"one")).replace(BOUNDARY.encode(), b"AnotherBoundary"),
        headers=headers,
    )
    assert again.status_code == 400, "the content type still names the first boundary"
    again = post_parts(producer, as_parts(("a.txt", b"one")), headers=headers)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == {**first.json(), "repeated": True}
    problem(post_parts(producer, as_parts(("a.txt", b"two")), headers=headers), 409)
    assert Item.objects.count() == 1


def test_the_same_external_id_with_the_same_files_is_the_same_item(process):
    first = hand_in(process, "One", "Two", external_id="T-1")
    assert hand_in(process, "One", "Two", external_id="T-1") == first
    for others in (["One"], ["Two", "One"], ["One", "Other"]):
        with pytest.raises(Conflict):
            hand_in(process, *others, external_id="T-1")
    assert Document.objects.count() == 2
    assert not Writing.objects.exists()


def test_in_a_batch_each_item_has_its_own_files_and_repeats_leave_nothing(process):
    def one(name: str, content: bytes) -> Incoming:
        return Incoming(
            {"text": "x"}, external_id=name, documents=(IncomingFile("f.txt", content),)
        )

    batch = [one("a", b"first"), one("b", b"second"), one("b", b"second"), one("c", b"")]
    results = receive_bulk(process, batch, actor=factories.ACTOR)
    assert [one.status for one in results] == ["created", "created", "repeated", "refused"]
    assert sorted(stored()) == [b"first", b"second"]
    again = receive_bulk(process, [*batch[:2], one("b", b"third")], actor=factories.ACTOR)
    assert [one.status for one in again] == ["repeated", "repeated", "refused"]
    assert Document.objects.count() == 2
    assert not Writing.objects.exists()


def test_a_large_json_body_is_only_for_files(producer, settings):
    problem(producer.post("items/", as_json(b"x", payload={"text": "y" * 2 * MEBIBYTE})), 422)
    many = {**ITEM, "payload": {"text": "x", "list": [1] * MEBIBYTE}}
    problem(producer.post("items/", many), 413)
    content = b"z" * (MEBIBYTE - 10)
    assert producer.post("items/", as_json(content, content)).status_code == 202
    settings.DOCUMENTS_MAX_JSON_BYTES = MEBIBYTE
    problem(producer.post("items/", as_json(content, content)), 413)


def test_what_is_not_base64_is_refused_with_its_place(producer):
    body = as_json(b"x")
    body["documents"][0]["content"] = "!!!"
    response = producer.post("items/", body)
    problem(response, 422)
    assert pointers(response) == ["/documents/0/content"]


def test_a_failed_transaction_leaves_no_file(process, monkeypatch):
    monkeypatch.setattr(
        "review.items.intake.ledger.append_many", lambda events: pytest.fail("broken")
    )
    with pytest.raises(BaseException, match="broken"):
        hand_in(process, "x")
    assert_nothing_is_here()
