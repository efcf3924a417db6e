"""Pages as pictures, words as numbers, originals only for those with right and reason."""

import hashlib

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from governance.models import Entry
from governance.privacy.redact import commitment
from review.documents import blobs
from review.documents.queries import documents_of, layout_of
from review.models import Document, Download, ItemKey, Page
from tests import factories
from tests.review.api.conftest import Caller, problem
from tests.review.documents.files import hand_in, read_all

pytestmark = pytest.mark.django_db
REASON = {"reason": "The  customer disputes it."}


@pytest.fixture
def document(process) -> Document:
    item = hand_in(process, "Total 12.50")
    Document.objects.filter(item=item).delete()
    return factories.make_document(item, "Total 12.50\nThank you", "Second page", name="bill.pdf")


@pytest.fixture
def client(cast) -> Client:
    client = Client()
    client.force_login(cast.operator)
    return client


def download(cast, who: str, document: Document, data=REASON):
    client = Client()
    client.force_login(getattr(cast, who))
    return client.post(f"/documents/{document.pk}/download", data)


def test_a_page_is_a_picture_that_may_do_nothing(client, document):
    (view,) = documents_of(document.item_id)
    response = client.get(view.pages[1].screen_url)
    assert response.status_code == 200
    assert response.content == factories.PICTURE + b"s"
    assert response["Content-Type"] == "image/webp"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["Cache-Control"].startswith("private")
    assert client.get(view.pages[0].zoom_url).content == factories.PICTURE + b"z"


def test_a_browser_that_has_the_picture_is_not_sent_it_again_but_asked_for_its_right(
    client, cast, document, monkeypatch
):
    (view,) = documents_of(document.item_id)
    etag = client.get(view.pages[0].zoom_url)["ETag"]
    monkeypatch.setattr(
        "review.console.views.documents.picture_of", lambda *_: pytest.fail("read again")
    )
    again = client.get(view.pages[0].zoom_url, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    client.force_login(cast.outsider)
    refused = client.get(view.pages[0].zoom_url, headers={"If-None-Match": etag})
    assert refused.status_code == 404


@pytest.mark.parametrize("where", ["pages/3/screen", "pages/0/zoom", "pages/1/raw", "words/3"])
def test_what_is_not_there_is_not_there(client, document, where):
    assert client.get(f"/documents/{document.pk}/{where}").status_code == 404


def test_nothing_of_a_document_that_is_not_read_is_shown(client, process):
    document = Document.objects.get(item=hand_in(process, "x"))
    assert client.get(f"/documents/{document.pk}/pages/1/screen").status_code == 404
    assert client.get(f"/documents/{document.pk}/words/1").status_code == 404


def test_words_come_with_their_places(client, document):
    response = client.get(f"/documents/{document.pk}/words/1")
    answer = response.json()
    assert answer["text"] == "Total 12.50\nThank you"
    words = [answer["text"][start:end] for start, end, *_ in answer["words"]]
    assert words == ["Total", "12.50", "Thank", "you"]
    (first, *_, last) = answer["words"]
    assert first == [0, 5, 0, 500, 500, 1300, 700]
    assert last[2] == 1
    assert response["Cache-Control"].startswith("private")
    again = client.get(
        f"/documents/{document.pk}/words/1", headers={"If-None-Match": response["ETag"]}
    )
    assert again.status_code == 304


def test_a_document_can_be_read_as_text(client, cast, document):
    response = client.get(f"/documents/{document.pk}/text")
    assert "Total 12.50\nThank you" in response.content.decode()
    assert response["Cache-Control"] == "no-store"
    client.force_login(cast.outsider)
    assert client.get(f"/documents/{document.pk}/text").status_code == 404


def test_markup_in_a_document_is_shown_and_not_obeyed(client, process):
    item = hand_in(process, "x")
    made = factories.make_document(item, "<script>alert(1)</script> <b>bold</b>")
    shown = client.get(f"/documents/{made.pk}/text").content.decode()
    assert "<script" not in shown
    assert "&lt;b&gt;bold" in shown


@pytest.mark.parametrize("who", ["senior", "lead", "compliance_officer"])
def test_the_original_is_downloaded_with_right_and_reason_and_recorded(cast, document, who):
    response = download(cast, who, document)
    assert response.status_code == 200
    assert hashlib.sha256(response.content).hexdigest() == document.sha256
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="bill.pdf"'
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "no-store"
    entry = Entry.objects.get(kind="document.downloaded")
    assert entry.actor == f"user:{getattr(cast, who).pk}"
    assert document.sha256 not in str(entry.data)
    assert entry.data["sha256"] == commitment(document.sha256, bytes(document.item.salt))
    assert "disputes" not in str(entry.data)
    assert Download.objects.get().reason == "The customer disputes it."


@pytest.mark.parametrize(
    ("who", "data", "status"),
    [
        ("operator", REASON, 403),
        ("auditor", REASON, 403),
        ("outsider", REASON, 404),
        ("senior", {}, 422),
        ("senior", {"reason": "  \n "}, 422),
        ("senior", {"reason": "x" * 501}, 422),
    ],
)
def test_the_original_is_not_had_without_right_or_reason(cast, document, who, data, status):
    assert download(cast, who, document, data).status_code == status
    assert not Entry.objects.filter(kind="document.downloaded").exists()
    assert not Download.objects.exists()


def test_the_name_of_a_download_is_safe_in_its_header(cast, document):
    Document.objects.update(name='Rechnung "März" €.pdf')
    response = download(cast, "senior", document)
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''Rechnung%20%22M%C3%A4rz%22%20%E2%82%AC.pdf"
    )


def test_an_item_whose_key_was_destroyed_shows_and_gives_nothing(client, cast, document):
    ItemKey.objects.all().delete()
    assert client.get(f"/documents/{document.pk}/pages/1/screen").status_code == 404
    assert client.get(f"/documents/{document.pk}/words/1").status_code == 404
    assert download(cast, "senior", document).status_code == 422
    assert not Entry.objects.filter(kind="document.downloaded").exists()


def test_what_a_screen_needs_costs_one_statement_and_one_blob(document, monkeypatch):
    reads = []
    real = blobs.read

    def read(*given):
        reads.append(given)
        return real(*given)

    monkeypatch.setattr(blobs, "read", read)
    with CaptureQueriesContext(connection) as sent:
        (view,) = documents_of(document.item_id)
        first, second = layout_of(view), layout_of(view)
    assert first is second
    assert (len(sent), len(reads)) == (1, 1)
    assert [page.number for page in view.pages] == [1, 2]


def test_the_api_tells_of_documents_and_their_pages(cast, document, process):
    operator = Caller(user=cast.operator)
    answer = operator.get(f"items/{document.item_id}/").json()
    (shown,) = answer["documents"]
    assert shown["id"] == str(document.pk)
    assert (shown["state"], shown["pages"], shown["refusal"]) == ("ready", 2, None)
    page = operator.get(f"documents/{document.pk}/pages/1/").json()
    assert page["words"][1] == {
        "text": "12.50",
        "start": 6,
        "end": 11,
        "line": 0,
        "box": [1400, 500, 2200, 700],
        "confidence": None,
    }
    problem(operator.get(f"documents/{document.pk}/pages/3/"), 404)
    problem(Caller(user=cast.outsider).get(f"documents/{document.pk}/pages/1/"), 404)
    _, secret = factories.make_key(process)
    producer = Caller(secret=secret)
    assert producer.get(f"items/{document.item_id}/").json()["documents"] == [shown]
    problem(producer.get(f"documents/{document.pk}/pages/1/"), 403)


def test_the_api_says_why_a_document_was_refused(cast, process, reader):
    item = read_all(hand_in(process, "refuse:encrypted"))
    (shown,) = Caller(user=cast.operator).get(f"items/{item.pk}/").json()["documents"]
    assert shown["refusal"] == {"code": "encrypted", "detail": "It cannot be read."}
    assert not Page.objects.exists()
