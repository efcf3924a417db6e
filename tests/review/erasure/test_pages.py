"""The pages of erasure: who finds what, what is asked, what the receipt and the report say."""

import json
import re
from unittest.mock import patch

import pytest
from django.test import Client

from governance.models import Entry, LegalHold, RetentionRule
from governance.privacy.holds import operations as holds
from review.erasure import operations as erasure
from review.models import ErasureRequest, Item
from review.subjects import operations as subjects
from review.subjects.indexing import remember
from tests import factories
from tests.review.erasure.test_erasing import ended

pytestmark = pytest.mark.django_db
PLACE = "/governance/privacy/"


@pytest.fixture
def officer(cast):
    client = Client()
    client.force_login(cast.compliance_officer)
    return client


@pytest.fixture
def jane(process, cast):
    item = ended(process, cast.operator, payload={"text": "My bill", "subject": "Jane Doe"})
    factories.make_document(item)
    remember([item.pk])
    return item


def asked(item, **options):
    """What the confirming page posts; without a step, what the page of results does."""
    given = {"items": [str(item.pk)], "basis": "consent", "reference": "Letter 17"}
    return {**given, "origin": "subject", "step": "erase", **options}


def ticked(page):
    """The ids of the items whose boxes are ticked on a page of results."""
    boxes = re.findall(r'<input type="checkbox" name="items" value="([^"]+)" checked', page)
    return set(boxes)


def test_found_items_show_no_value(officer, jane):
    page = officer.post(PLACE + "find/", {"values": "jane doe"})
    assert str(jane.pk) in page.content.decode()
    rows = page.content.decode().partition("found-title")[2]
    assert "Jane" not in rows
    entry = Entry.objects.get(kind="subject.searched")
    assert entry.data == {"values": 1, "found": 1}


def test_another_process_is_not_searched(officer, jane):
    other = factories.make_process("other")
    hidden = factories.make_item(other, {"text": "x", "subject": "Jane Doe"})
    remember([hidden.pk])
    page = officer.post(PLACE + "find/", {"values": "Jane Doe"}).content.decode()
    assert str(jane.pk) in page
    assert str(hidden.pk) not in page
    assert officer.post(PLACE + "requests/", asked(hidden)).status_code == 404
    assert officer.post(PLACE + "disclosure/", asked(hidden)).status_code == 404
    assert not ErasureRequest.objects.exists()


def test_one_item_is_found_by_its_id(officer, jane):
    page = officer.post(PLACE + "find/", {"item": str(jane.pk)}).content.decode()
    assert "1 item found" in page


def test_a_request_is_confirmed_on_a_page_that_says_what_goes(officer, jane):
    Item.objects.filter(pk=jane.pk).update(external_id="T-17")
    answer = officer.post(PLACE + "requests/", asked(jane, step="", shown=[str(jane.pk)]))
    page = answer.content.decode()
    for told in ("Erase 1 item for good?", "consent withdrawn", "Letter 17", ">T-17</a>"):
        assert told in page, told
    assert "nothing in the way" in page
    assert not ErasureRequest.objects.exists()
    back = officer.post(PLACE + "requests/", asked(jane, step="choose", shown=[str(jane.pk)]))
    assert ticked(back.content.decode()) == {str(jane.pk)}
    assert 'value="Letter 17"' in back.content.decode()
    assert not ErasureRequest.objects.exists()
    assert officer.post(PLACE + "requests/", asked(jane)).status_code == 302


def test_work_that_a_request_would_end_is_named_before(officer, process):
    task = factories.make_task(process)
    page = officer.post(PLACE + "requests/", asked(task.item, step="", ends_work="1"))
    assert "not decided yet: is ended" in page.content.decode()
    assert not ErasureRequest.objects.exists()


@pytest.mark.parametrize(
    ("values", "is_ticked"),
    [
        ("Jane Doe", False),
        ("jane@example.org", True),
        ("1980-02-01", False),
        ("Jane Doe\n1980-02-01", True),
    ],
)
def test_what_may_be_several_peoples_is_not_ticked_beforehand(officer, jane, values, is_ticked):
    ids = {str(jane.pk)} if is_ticked else set()
    with patch.object(subjects, "look_for", return_value=subjects.Found([jane], False, ("00",))):
        page = officer.post(PLACE + "find/", {"values": values}).content.decode()
    assert str(jane.pk) in page
    assert ticked(page) == ids


def test_what_is_kept_by_a_hold_is_not_ticked_and_the_rest_is_not_lost(
    officer, jane, process, cast
):
    said = {"actor": cast.compliance_officer, "reference": "Case 3", "reason": "Court"}
    holds.hold_item(item=jane.pk, process=process.pk, **said)
    assert ticked(officer.post(PLACE + "find/", {"item": str(jane.pk)}).content.decode()) == set()
    other = ended(process, cast.operator)
    shown = [str(jane.pk), str(other.pk)]
    given = asked(jane, items=shown, shown=shown, step="")
    refused = officer.post(PLACE + "requests/", given)
    assert refused.status_code == 409
    assert ticked(refused.content.decode()) == {str(other.pk)}
    nothing = officer.post(PLACE + "requests/", asked(jane, items=[], shown=shown, step=""))
    assert nothing.status_code == 422
    assert "2 items found" in nothing.content.decode()
    nothing = officer.post(PLACE + "disclosure/", asked(jane, items=[], shown=shown))
    assert nothing.status_code == 422
    assert "2 items found" in nothing.content.decode()


def test_a_request_leads_to_its_receipt(officer, jane):
    answer = officer.post(PLACE + "requests/", asked(jane))
    made = ErasureRequest.objects.get()
    assert answer.headers["Location"] == f"{PLACE}requests/{made.pk}/"
    erasure.work_off(made.pk)
    page = officer.get(answer.headers["Location"]).content.decode()
    assert "Receipt of erasure" in page
    assert "every proof holds" in page
    assert "Digests that find the person" in page
    assert "Subject keys" not in page
    assert "Jane" not in page
    said = json.loads(officer.get(f"{PLACE}requests/{made.pk}/json").content)
    assert said["items"][0]["state"] == "done"
    assert said["stores"]["documents"] == 1
    assert {key["kind"] for key in said["keys_destroyed"]} == {"data key", "salt", "seed"}
    assert said["remains"]["other_systems"][0]["where"] == "tickets.jsonl"
    assert said["ledger"]["all_proofs_valid"] is True


def test_what_stands_in_the_way_is_said(officer, process, cast):
    task = factories.make_task(process)
    answer = officer.post(PLACE + "requests/", asked(task.item))
    assert answer.status_code == 409
    assert "not decided yet" in answer.content.decode()
    assert officer.post(PLACE + "requests/", asked(task.item, ends_work="1")).status_code == 302


def test_a_receipt_of_processes_that_one_does_not_see_is_not_there(officer, jane, process, cast):
    officer.post(PLACE + "requests/", asked(jane))
    made = ErasureRequest.objects.get()
    factories.make_process("other")
    ErasureRequest.objects.update(processes=["desk", "other"])
    assert officer.get(f"{PLACE}requests/{made.pk}/").status_code == 404
    assert str(made.pk) not in officer.get(PLACE).content.decode()


def test_the_report_names_fields_and_recipients_but_no_value(officer, jane):
    page = officer.post(PLACE + "disclosure/", asked(jane)).content.decode()
    assert "Jane" not in page
    said = json.loads(officer.post(PLACE + "disclosure/", asked(jane, format="json")).content)
    (item,) = said["items"]
    assert {one["field"] for one in item["fields"]} == {"Subject", "Text"}
    assert item["documents"][0]["pages"] == 1
    assert [one["name"] for one in item["recipients"]] == ["local", "update-ticket"]
    assert Entry.objects.filter(kind="subject.disclosed").count() == 2


def test_holds_are_set_on_a_person_an_item_and_a_time(officer, jane):
    page = officer.post(PLACE + "find/", {"values": "Jane Doe"})
    said = {"reference": "Case 3", "reason": "Court"}
    digests = page.context["found"].digests
    for given in (
        {"digests": list(digests)},
        {"item": str(jane.pk)},
        {"process": "desk", "from": "2026-01-01", "until": "2026-01-31"},
    ):
        assert officer.post(PLACE + "holds/", {**said, **given}).status_code == 302, given
    assert set(LegalHold.objects.values_list("scope", flat=True)) == {"subject", "item", "process"}
    until = LegalHold.objects.get(scope="process").received_until
    assert until.isoformat() == "2026-02-01T00:00:00+00:00"
    assert "Jane" not in officer.get(PLACE + "holds/").content.decode()
    for wrong in (
        {"digests": ["00"]},
        {"item": "no id"},
        {"process": "desk", "from": "2026-02-30"},
        {},
    ):
        assert officer.post(PLACE + "holds/", {**said, **wrong}).status_code == 422, wrong


def test_a_rule_is_written_and_asked_for_together(officer, process):
    given = {"process": "desk", "item": "365", "documents": "30", "reason": ""}
    assert officer.post(PLACE + "rules/", given).status_code == 422
    assert not RetentionRule.objects.exists()
    assert officer.post(PLACE + "rules/", {**given, "reason": "The law."}).status_code == 302
    rule = RetentionRule.objects.get()
    assert rule.days() == {"content": None, "documents": 30, "notes": None, "item": 365}
    assert "waiting for signatures" in officer.get(PLACE + "rules/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"reason": ""}, "rule-reason-error"),
        ({"documents": "soon"}, "rule-documents-error"),
        ({"documents": "366"}, "rule-documents-error"),
        ({"process": ""}, "rule-process-error"),
    ],
)
def test_a_rule_that_is_none_is_answered_with_what_was_typed(officer, process, wrong, at):
    typed = {"process": "desk", "item": "365", "documents": "30", "reason": "The law."}
    answer = officer.post(PLACE + "rules/", {**typed, **wrong})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'id="{at}"' in page
    assert 'name="item" value="365"' in page
    assert not RetentionRule.objects.exists()
