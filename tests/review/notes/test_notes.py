"""Notes: who may write and read them, and who hears of being mentioned."""

import pytest
from django.test import Client
from django.urls import reverse

from governance.errors import InvalidInput
from governance.models import Entry
from review.models import Note, Notice
from review.notes.operations import mentioned, write
from review.notes.queries import suggestions, thread
from tests import factories

pytestmark = pytest.mark.django_db

TEXT = "Mrs Example of Sample Street 5 called."


@pytest.fixture
def item(process):
    return factories.make_task(process).item


def test_a_note_is_read_by_those_who_see_the_item_and_committed_to(item, cast):
    write(item=item, author=cast.operator, text=f"  {TEXT} ")
    assert [one.text for one in thread(item.pk, cast.auditor).notes] == [TEXT]
    data = Entry.objects.get(item=item.pk, kind="note.written").data
    assert TEXT not in str(data)
    assert len(data["text"]) == 64


@pytest.mark.parametrize("text", ["", " \n ", "x" * 2001])
def test_an_empty_or_endless_note_is_refused(item, cast, text):
    with pytest.raises(InvalidInput):
        write(item=item, author=cast.operator, text=text)
    assert not Note.objects.exists()


def test_a_mention_is_told_once_and_names_nothing_of_the_note(item, cast):
    assert cast.senior
    write(item=item, author=cast.operator, text=f"@senior look, @SENIOR. {TEXT}")
    notice = Notice.objects.get()
    assert (notice.person, notice.kind, notice.item) == (cast.senior, "mentioned", item)


def test_only_those_who_may_see_the_item_are_mentioned(item, cast, process):
    factories.make_person("stranger")
    assert {cast.colleague, cast.auditor}
    found = mentioned(process.pk, "@stranger @colleague, @auditor. @operator@example.org @nobody")
    assert {one.username for one in found} == {"colleague", "auditor"}


def test_one_does_not_hear_of_mentioning_oneself(item, cast):
    write(item=item, author=cast.operator, text="Note to @operator")
    assert not Notice.objects.exists()


def test_names_go_on_from_what_is_typed(item, cast):
    assert {cast.colleague, cast.compliance_officer, cast.operator}
    found = suggestions(item, cast.operator, "co")
    assert {one.username for one in found} == {"colleague", "compliance_officer"}


def test_what_is_typed_is_text_and_nothing_else(item, cast):
    browser = Client()
    browser.force_login(cast.operator)
    address = reverse("item-notes", args=[item.pk])
    answer = browser.post(address, {"text": "<script>alert(1)</script>"}).content.decode()
    assert "<script>" not in answer
    assert "&lt;script&gt;" in answer


def test_a_refused_note_stays_in_its_field(item, cast):
    browser = Client()
    browser.force_login(cast.operator)
    answer = browser.post(reverse("item-notes", args=[item.pk]), {"text": "y" * 2001})
    assert answer.status_code == 422
    assert "y" * 2001 in answer.content.decode()
