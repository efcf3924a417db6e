"""The form that hands an item in: its fields, its files, and who may send it."""

import io
import re

import pytest
from django.test import Client

from review.console import handing
from review.models import Document, Item
from tests import factories
from tests.review.documents.files import CONTRACT

pytestmark = pytest.mark.django_db
ADDRESS = "/hand-in/desk/"


@pytest.fixture
def process(db):
    return factories.make_process(contract=CONTRACT)


@pytest.fixture
def client(cast) -> Client:
    client = Client()
    client.force_login(cast.owner)
    return client


def file(content: bytes, name: str = "letter.txt") -> io.BytesIO:
    made = io.BytesIO(content)
    made.name = name
    return made


def filled(client: Client, **changes):
    """What the form sends: its key, a text and a file."""
    key = re.search(r'name="key" value="([^"]+)"', client.get(ADDRESS).content.decode())[1]
    return {"key": key, "input.text": "Hello", "documents": file(b"first"), **changes}


def test_an_item_with_its_files_is_handed_in_and_shown(client):
    response = client.post(
        ADDRESS, filled(client, documents=[file(b"first"), file(b"second", "../b.txt")])
    )
    item = Item.objects.get()
    assert response.headers["Location"] == f"/items/{item.pk}/"
    assert item.payload == {"text": "Hello"}
    names = list(Document.objects.order_by("position").values_list("name", flat=True))
    assert names == ["letter.txt", "b.txt"]
    shown = client.get(f"/items/{item.pk}/").content.decode()
    assert "letter.txt" in shown
    assert "being read" in shown
    assert "/download" not in shown, "an owner has no right to originals"


def test_sending_the_form_twice_makes_one_item(client):
    form = filled(client)
    client.post(ADDRESS, form)
    again = client.post(ADDRESS, {**form, "documents": file(b"first")})
    assert again.status_code == 302
    assert Item.objects.count() == 1
    other = client.post(ADDRESS, {**form, "documents": file(b"other")})
    assert other.status_code == 409
    assert Item.objects.count() == 1


def test_values_are_of_the_contract_s_types(client):
    form = filled(client, **{"input.amount": "12.5", "input.channel": "vip"})
    assert client.post(ADDRESS, form).status_code == 302
    assert Item.objects.get().payload == {"text": "Hello", "amount": 12.5, "channel": "vip"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"input.text": ""}, "is required"),
        ({"input.amount": "many"}, "amount"),
        ({"documents": []}, "must be handed in"),
        ({"documents": [file(b"x")] * 4}, "more files"),
        ({"documents": file(b"")}, "is empty"),
        ({"documents": file(b"x" * (2**20 + 1))}, "is larger than 1 MiB"),
        ({"external_id": "x" * 201}, "1 to 200"),
        ({"key": "nonsense"}, "out of date"),
        ({"input.text": "a\0b"}, None),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(client, changes, said):
    for one in changes.get("documents", []) if isinstance(changes.get("documents"), list) else []:
        one.seek(0)
    response = client.post(ADDRESS, filled(client, **changes))
    if said is None:
        assert Item.objects.get().payload == {"text": "ab"}
        return
    assert response.status_code == 422
    page = response.content.decode()
    assert said in page
    if changes.get("input.text", "Hello") and "documents" not in changes:
        assert "Hello</textarea>" in page
    assert not Item.objects.exists()


def test_a_file_too_large_is_not_taken_to_its_end(client, monkeypatch):
    taken = []
    real = handing.Uploads.receive_data_chunk

    def receive(self, raw_data, start):
        taken.append(len(raw_data))
        return real(self, raw_data, start)

    monkeypatch.setattr(handing.Uploads, "receive_data_chunk", receive)
    response = client.post(ADDRESS, filled(client, documents=file(b"x" * 5 * 2**20)))
    assert response.status_code == 422
    assert sum(taken) < 2 * 2**20


def test_without_its_token_the_form_is_refused(cast, process):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.owner)
    assert client.post(ADDRESS, {"input.text": "x", "documents": file(b"x")}).status_code == 403
    assert not Item.objects.exists()


def test_whoever_may_not_hand_in_sends_no_file(cast, process, monkeypatch):
    monkeypatch.setattr(handing.Uploads, "new_file", lambda *_, **__: pytest.fail("was taken"))
    client = Client()
    client.force_login(cast.operator)
    response = client.post(ADDRESS, {"input.text": "x", "documents": file(b"x")})
    assert response.status_code == 403


def test_one_process_is_gone_to_at_once_and_several_are_shown(client, cast):
    assert client.get("/hand-in/").headers["Location"] == ADDRESS
    other = factories.make_process("other")
    role = factories.Role.PROCESS_OWNER
    factories.grant_role(user=cast.owner, role=role, process=other, actor=factories.ACTOR)
    assert "/hand-in/other/" in client.get("/hand-in/").content.decode()
    plain = client.get("/hand-in/other/").content.decode()
    assert 'type="file"' not in plain


def test_a_senior_finds_pages_and_download_on_the_item_s_page(client, cast):
    client.post(ADDRESS, filled(client))
    document = factories.make_document(Item.objects.get(), "One", "Two")
    senior = Client()
    senior.force_login(cast.senior)
    page = senior.get(f"/items/{document.item_id}/").content.decode()
    assert f"/documents/{document.pk}/download" in page
    assert page.count("/screen?v=") == 2
