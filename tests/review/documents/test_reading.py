"""From handed in to read: each file ends ready or refused, and its item goes on."""

from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.utils import timezone

from governance.models import Entry
from integrations.providers.base import Proposal, ProposalRequest
from review.documents import blobs, reading
from review.documents.queries import documents_of, layout_of, picture_of
from review.items import proposing
from review.models import Document, Item, ItemKey, Page, Route, Writing
from review.routing.words import sentence
from tests import factories
from tests.review.documents.files import WEBP, hand_in, read_all

pytestmark = pytest.mark.django_db


def kinds(item: Item) -> list[str]:
    return list(
        Entry.objects.filter(item=item.pk).order_by("at", "id").values_list("kind", flat=True)
    )


class Provider:
    """Answers `bill`; keeps what it was asked."""

    def __init__(self) -> None:
        self.requests: list[ProposalRequest] = []

    def propose_many(self, requests) -> list[Proposal]:
        self.requests += requests
        return [factories.make_proposal() for _ in requests]


@pytest.fixture
def provider(monkeypatch) -> Provider:
    provider = Provider()
    monkeypatch.setattr(proposing, "provider", lambda name: provider)
    return provider


def test_a_file_is_stored_encrypted_and_waits_to_be_read(process):
    item = hand_in(process, "secret words")
    document = Document.objects.get(item=item)
    assert (document.state, document.position, item.documents_pending) == ("received", 1, 1)
    assert document.size_bytes == len("secret words")
    with storages["documents"].open(document.blob) as file:
        assert b"secret" not in file.read()
    assert blobs.read(document.blob, blobs.data_key_of(item.pk)) == b"secret words"
    assert not Writing.objects.exists()
    assert kinds(item) == ["item.received", "document.received"]


def test_a_read_file_has_pages_words_pictures_and_an_entry(process, reader):
    item = read_all(hand_in(process, "Total 12.50"))
    assert item.documents_pending == 0
    (view,) = documents_of(item.pk)
    assert (view.state, view.page_count, view.media_type) == ("ready", 1, "text/plain")
    assert view.notes == ("A note.",)
    assert [word.text for word in layout_of(view).pages[0].words] == ["Total", "12.50"]
    assert picture_of(view.id, 1, "screen") == WEBP + b"s1"
    assert picture_of(view.id, 1, "zoom") == WEBP + b"z1"
    assert kinds(item)[2:] == ["document.read"]
    assert "12.50" not in str(list(Entry.objects.filter(item=item.pk).values_list("data")))
    assert not Writing.objects.exists()


def test_no_candidate_is_asked_for_before_every_file_is_read(process, reader, provider):
    item = hand_in(process, "One", "Two")
    first, second = Document.objects.filter(item=item).order_by("position")
    Item.objects.update(hint_at=timezone.now() - timedelta(seconds=1))
    reading.read(first.pk)
    proposing.propose([item.pk])
    assert proposing.due_chunks() == []
    assert not provider.requests
    reading.read(second.pk)
    proposing.propose([item.pk])
    (request,) = provider.requests
    assert [one.read.text for one in request.documents] == ["One", "Two"]
    assert request.documents[0].image(1) == WEBP + b"z1"
    with pytest.raises(KeyError):
        request.documents[0].image(2)


def test_reading_hints_at_the_item_once_the_last_file_is_read(
    process, reader, django_capture_on_commit_callbacks, monkeypatch
):
    hinted = []
    monkeypatch.setattr("review.items.jobs.propose.hint", lambda ids: hinted.append(ids))
    item = hand_in(process, "One", "Two")
    for document in Document.objects.filter(item=item):
        assert not hinted
        with django_capture_on_commit_callbacks(execute=True):
            reading.read(document.pk)
    assert hinted == [[str(item.pk)]]


def test_a_refused_file_is_a_finding_beside_what_could_be_read(process, reader, provider):
    item = read_all(hand_in(process, "Fine", "refuse:encrypted"))
    refused = Document.objects.get(item=item, state="refused")
    assert (refused.refusal, refused.refusal_message) == ("encrypted", "It cannot be read.")
    assert kinds(item)[-1] == "document.refused"
    proposing.propose([item.pk])
    route = Route.objects.get(item=item)
    assert route.outcome == "review"
    reasons = [one for one in route.reasons if one["code"] == "document_refused"]
    assert [(one["document"], one["refusal"]) for one in reasons] == [(2, "encrypted")]
    assert "password" in sentence(reasons[0])


def test_an_item_of_which_nothing_could_be_read_goes_to_people_unasked(process, reader, provider):
    item = read_all(hand_in(process, "refuse:damaged", "refuse:encrypted"))
    proposing.propose([item.pk])
    route = Route.objects.get(item=item)
    assert route.outcome == "manual"
    reasons = [one for one in route.reasons if one["code"] == "document_refused"]
    assert [(one["document"], one["refusal"]) for one in reasons] == [
        (1, "damaged"),
        (2, "encrypted"),
    ]
    assert not provider.requests


def test_attachments_become_documents_of_their_own_before_the_item_goes_on(process, reader):
    item = hand_in(process, "attach:inside|also")
    parent = Document.objects.get(item=item)
    reading.read(parent.pk)
    item.refresh_from_db()
    children = Document.objects.filter(parent=parent).order_by("position")
    assert [(one.position, one.depth, one.state) for one in children] == [
        (2, 1, "received"),
        (3, 1, "received"),
    ]
    assert item.documents_pending == 2
    assert kinds(item)[-2:] == ["document.received"] * 2
    assert read_all(item).documents_pending == 0
    assert {view.state for view in documents_of(item.pk)} == {"ready"}


def test_files_within_files_end_at_a_depth(process, reader, settings):
    settings.DOCUMENT_MAX_DEPTH = 1
    item = read_all(hand_in(process, "attach:attach:too deep;too"))
    states = [(one.depth, one.state, one.refusal) for one in Document.objects.order_by("position")]
    assert states[:2] == [(0, "ready", ""), (1, "ready", "")]
    assert set(states[2:]) == {(2, "refused", "nested_too_deep")}
    assert item.documents_pending == 0


def test_a_file_with_more_attachments_than_an_item_may_have_is_refused_whole(
    process, reader, settings
):
    settings.DOCUMENTS_OF_AN_ITEM = 2
    item = read_all(hand_in(process, "attach:a|b|c"))
    document = Document.objects.get(item=item)
    assert (document.state, document.refusal) == ("refused", "too_many_attachments")
    assert not Page.objects.exists()
    assert not Writing.objects.exists()
    _, files = storages["documents"].listdir(f"{item.pk.hex[-2:]}/{item.pk}")
    assert files == [document.blob.rsplit("/", 1)[1]]


def test_reading_twice_reads_once(process, reader):
    item = hand_in(process, "Once")
    document = Document.objects.get(item=item)
    reading.read(document.pk)
    reading.read(document.pk)
    assert len(reader.calls) == 1
    assert Page.objects.count() == 1


def test_a_document_under_a_lease_is_left_alone(process, reader):
    item = hand_in(process, "Mine")
    document = Document.objects.get(item=item)
    reader.meanwhile = lambda: reading.read(document.pk)
    reading.read(document.pk)
    assert len(reader.calls) == 1


def test_a_result_that_comes_after_the_lease_was_lost_changes_nothing(process, reader):
    item = hand_in(process, "Slow")
    document = Document.objects.get(item=item)

    def lose() -> None:
        reader.meanwhile = None
        Document.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        reading.read(document.pk)  # another worker

    reader.meanwhile = lose
    reading.read(document.pk)
    assert len(reader.calls) == 2
    assert Page.objects.count() == 1
    assert kinds(item).count("document.read") == 1
    item.refresh_from_db()
    assert item.documents_pending == 0
    assert not Writing.objects.exists()
    _, files = storages["documents"].listdir(f"{item.pk.hex[-2:]}/{item.pk}")
    assert len(files) == 4, "original, layout, two pictures: nothing is left of the late reading"


def test_a_late_refusal_changes_nothing(process, reader):
    item = hand_in(process, "refuse:damaged")
    document = Document.objects.get(item=item)

    def lose() -> None:
        Document.objects.update(attempts=2)

    reader.meanwhile = lose
    reading.read(document.pk)
    document.refresh_from_db()
    assert document.state == "received"
    assert Item.objects.get(pk=item.pk).documents_pending == 1


def test_a_step_that_breaks_is_tried_again_and_in_the_end_left_to_people(process, reader, settings):
    settings.DOCUMENT_ATTEMPTS = 3
    item = hand_in(process, "break")
    document = Document.objects.get(item=item)
    for attempt in (1, 2):
        reading.read(document.pk)
        document.refresh_from_db()
        assert (document.state, document.attempts, document.lease_until) == (
            "received",
            attempt,
            None,
        )
        assert document.hint_at > timezone.now()
    reading.read(document.pk)
    document.refresh_from_db()
    assert (document.state, document.refusal) == ("refused", "internal")
    assert Item.objects.get(pk=item.pk).documents_pending == 0


class Killed(BaseException):
    """Ends the step as a kill would: nothing after it runs."""


def test_a_file_that_ends_every_worker_is_left_to_people(process, reader, settings):
    settings.DOCUMENT_ATTEMPTS = 2
    item = hand_in(process, "poison")
    document = Document.objects.get(item=item)

    def die() -> None:
        raise Killed

    reader.meanwhile = die
    for _ in range(2):
        with pytest.raises(Killed):
            reading.read(document.pk)
        Document.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    reading.read(document.pk)
    document.refresh_from_db()
    assert (document.state, document.refusal) == ("refused", "worker_lost")
    assert len(reader.calls) == 2


def test_a_lost_hint_is_given_again_once_and_a_lease_is_respected(process, reader):
    item = hand_in(process, "Lost")
    document = Document.objects.get(item=item)
    assert reading.due() == []
    Document.objects.update(hint_at=timezone.now() - timedelta(seconds=1))
    assert reading.due(only_tried=True) == []
    Document.objects.update(hint_at=timezone.now() - timedelta(seconds=1))
    assert reading.due() == [document.pk]
    assert reading.due() == []


def test_without_its_key_nothing_of_an_item_can_be_read(process, reader):
    item = read_all(hand_in(process, "Forget me"))
    (view,) = documents_of(item.pk)
    assert layout_of(view)
    ItemKey.objects.all().delete()
    (view,) = documents_of(item.pk)
    with pytest.raises(blobs.Missing):
        layout_of(view)
    with pytest.raises(blobs.Missing):
        picture_of(view.id, 1, "screen")


def test_a_stored_file_that_is_gone_or_changed_is_left_to_people(process, reader):
    for spoil in (storages["documents"].delete, swap):
        item = hand_in(process, "Gone")
        document = Document.objects.get(item=item)
        spoil(document.blob)
        reading.read(document.pk)
        document.refresh_from_db()
        assert (document.state, document.refusal) == ("refused", "lost")


def swap(name: str) -> None:
    with storages["documents"].open(name) as file:
        content = file.read()
    storages["documents"].delete(name)
    from django.core.files.base import ContentFile

    storages["documents"].save(name, ContentFile(content[:-1] + bytes([content[-1] ^ 1])))
