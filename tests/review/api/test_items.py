"""Handing items in and reading what became of them."""

import pytest

from governance.models import Entry
from governance.roles.operations import grant_role
from governance.roles.roles import Role
from review.decisions.operations import decide
from review.models import IdempotencyKey, Item
from tests import factories
from tests.review.api.conftest import Caller, pointers, problem, signed_in

pytestmark = pytest.mark.django_db

BODY = {"process": "desk", "payload": {"text": "The bill is wrong."}, "external_id": "t-1"}


def test_a_producer_hands_an_item_in(producer):
    response = producer.post("items/", BODY)
    assert response.status_code == 202
    answer = response.json()
    item = Item.objects.get()
    assert answer == {
        "id": str(item.pk),
        "state": "received",
        "url": f"http://testserver/api/v1/items/{item.pk}/",
        "repeated": False,
    }
    assert item.payload == BODY["payload"]
    assert item.producer.name == "shop"
    received = Entry.objects.get(item=item.pk)
    assert (received.kind, received.actor) == ("item.received", f"producer:{item.producer_id}")


def test_everything_about_an_item_can_be_given(producer):
    body = {**BODY, "priority": 90, "due_at": "2031-05-01T12:00:00+02:00", "segment": "vip"}
    assert producer.post("items/", body).status_code == 202
    item = Item.objects.get()
    assert (item.priority, item.segment) == (90, "vip")
    assert item.due_at.isoformat() == "2031-05-01T10:00:00+00:00"


def test_the_same_external_id_gives_the_same_item(producer):
    first = producer.post("items/", BODY).json()
    again = producer.post("items/", BODY)
    assert again.status_code == 202
    assert again.json() == {**first, "repeated": True}
    assert Item.objects.count() == 1


def test_the_same_external_id_with_another_payload_is_a_conflict(producer):
    producer.post("items/", BODY)
    other = {**BODY, "payload": {"text": "Another."}}
    problem(producer.post("items/", other), 409, "conflict")
    assert Item.objects.get().payload == BODY["payload"]


def test_an_idempotency_key_gives_the_same_item_to_the_same_body(producer):
    body = {"process": "desk", "payload": {"text": "Hello"}}
    headers = {"Idempotency-Key": "order-7"}
    first = producer.post("items/", body, headers=headers).json()
    assert producer.post("items/", body, headers=headers).json() == {**first, "repeated": True}
    assert Item.objects.count() == IdempotencyKey.objects.count() == 1


def test_an_idempotency_key_with_another_body_is_a_conflict(producer):
    headers = {"Idempotency-Key": "order-7"}
    producer.post("items/", BODY, headers=headers)
    other = {**BODY, "external_id": "t-2"}
    problem(producer.post("items/", other, headers=headers), 409, "conflict")
    assert Item.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 201, "caf\u00e9"])
def test_an_impossible_idempotency_key_is_refused(producer, key):
    response = producer.post("items/", BODY, headers={"Idempotency-Key": key})
    problem(response, 422)
    assert not Item.objects.exists()


def test_a_person_with_the_right_hands_items_in(owner):
    assert owner.post("items/", BODY).status_code == 202
    assert Item.objects.get().producer is None


def test_a_person_without_the_right_does_not(operator):
    problem(operator.post("items/", BODY), 403, "not_allowed")
    assert not Item.objects.exists()


def test_a_process_one_may_not_see_looks_like_one_that_does_not_exist(cast, process):
    factories.make_process("secret")
    owner = signed_in(cast.owner)
    hidden = problem(owner.post("items/", {**BODY, "process": "secret"}), 422)
    missing = problem(owner.post("items/", {**BODY, "process": "missing"}), 422)
    assert hidden == missing


def test_a_key_is_for_one_process(producer):
    factories.make_process("other")
    problem(producer.post("items/", {**BODY, "process": "other"}), 403)
    problem(producer.post("items/", {**BODY, "process": "missing"}), 403)


def test_a_key_does_only_what_its_scopes_say(process):
    _, secret = factories.make_key(process, scopes=["items:read"])
    reader = Caller(secret=secret)
    problem(reader.post("items/", BODY), 403)
    assert reader.get("items/").status_code == 200
    _, secret = factories.make_key(process, scopes=["items:write"])
    writer = Caller(secret=secret)
    assert writer.post("items/", BODY).status_code == 202
    problem(writer.get("items/"), 403)


def test_what_breaks_the_contract_is_named_by_pointers(producer):
    body = {**BODY, "payload": {"channel": "fax", "extra": 1}}
    response = producer.post("items/", body)
    problem(response, 422, "invalid")
    assert pointers(response) == ["/payload/channel", "/payload/extra", "/payload/text"]
    assert "fax" not in response.content.decode()


def test_items_are_listed_newest_first_by_cursor(process, operator):
    items = [factories.make_item(process, external_id=f"t-{number}") for number in range(5)]
    first = operator.get("items/", limit=2).json()
    assert [one["external_id"] for one in first["results"]] == ["t-4", "t-3"]
    second = operator.client.get(first["next"]).json()
    assert [one["external_id"] for one in second["results"]] == ["t-2", "t-1"]
    last = operator.client.get(second["next"]).json()
    assert [one["id"] for one in last["results"]] == [str(items[0].pk)]
    assert last["next"] is None


def test_items_are_filtered(process, operator):
    received = factories.make_item(process, external_id="t-1")
    waiting = factories.propose(factories.make_item(process, external_id="t-2"))
    by_state = operator.get("items/", process="desk", state="waiting").json()
    assert [one["id"] for one in by_state["results"]] == [str(waiting.pk)]
    by_name = operator.get("items/", external_id="t-1").json()
    assert [one["id"] for one in by_name["results"]] == [str(received.pk)]
    assert operator.get("items/", process="missing").json()["results"] == []


def test_the_items_of_several_processes_are_one_list(process, cast, operator):
    other = factories.make_process("other")
    grant_role(user=cast.operator, role=Role.OPERATOR, process=other, actor=factories.ACTOR)
    items = [factories.make_item(one) for one in (process, other, process, other)]
    first = operator.get("items/", limit=3).json()
    assert [one["id"] for one in first["results"]] == [str(one.pk) for one in items[:0:-1]]
    rest = operator.client.get(first["next"]).json()
    assert [one["id"] for one in rest["results"]] == [str(items[0].pk)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "flying"),
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "many"),
        ("limit", "\u00b2"),
        ("cursor", "yesterday"),
        ("process", "a\0b"),
        ("external_id", ""),
        ("external_id", "x" * 201),
    ],
)
def test_a_wrong_parameter_is_named(operator, name, value):
    response = operator.get("items/", **{name: value})
    problem(response, 422)
    assert pointers(response) == [f"/{name}"]


def test_only_items_of_ones_own_processes_are_listed_and_shown(process, cast, operator):
    other = factories.make_process("other")
    hidden = factories.make_item(other)
    shown = factories.make_item(process)
    assert [one["id"] for one in operator.get("items/").json()["results"]] == [str(shown.pk)]
    problem(operator.get(f"items/{hidden.pk}/"), 404)
    outsider = signed_in(cast.outsider)
    assert outsider.get("items/").json()["results"] == []
    problem(outsider.get(f"items/{shown.pk}/"), 404)


def test_listing_costs_the_same_with_more_items_and_never_counts(
    process, operator, django_assert_num_queries
):
    factories.make_backlog(process, 30)
    operator.get("items/")
    with django_assert_num_queries(2) as captured:  # person with rights, page
        assert len(operator.get("items/", limit=20).json()["results"]) == 20
    assert "COUNT" not in captured.captured_queries[-1]["sql"].upper()


def test_an_item_shows_what_became_of_it(process, cast, operator):
    decision = factories.make_decision(process, cast.operator, verdict="correct")
    answer = operator.get(f"items/{decision.item_id}/").json()
    assert answer["state"] == "decided"
    assert answer["contract"] == 1
    assert answer["candidate"]["output"] == {"category": "bill"}
    assert answer["candidate"]["confidence"] == {"category": 0.95}
    assert answer["route"]["outcome"] == "review"
    assert answer["route"]["reasons"][0] == {
        "code": "stage_assisted",
        "sentence": "The process is assisted: a person looks at every item.",
        "numbers": {},
    }
    (made,) = answer["decisions"]
    assert (made["verdict"], made["output"]) == ("correct", {"category": "other"})
    assert made["actor"] == str(cast.operator.pk)
    assert answer["outcome"]["verdict"] == "correct"
    (effect,) = answer["effects"]
    assert (effect["name"], effect["state"]) == ("update-ticket", "scheduled")


def test_the_candidate_is_hidden_while_somebody_judges_without_it(cast):
    sampled = factories.make_process("sampled", stage="full", sample_rate=1.0)
    people = {
        name: factories.make_person(f"sampled-{name}", sampled, *factories.ROLES[name])
        for name in ("senior", "auditor")
    }
    item = factories.propose(factories.make_item(sampled))
    auditor = signed_in(people["auditor"])

    before = auditor.get(f"items/{item.pk}/").json()
    assert (before["candidate"], before["is_candidate_hidden"]) == (None, True)
    assert before["outcome"] is None
    assert [one["output"] for one in before["decisions"]] == [None]
    lineage = auditor.get(f"items/{item.pk}/lineage/").json()
    withheld = {one["kind"] for one in lineage["entries"] if one["data"] is None}
    assert withheld == {"candidate.made", "item.routed", "decision.made", "effect.scheduled"}
    assert [one["code"] for one in before["route"]["reasons"]] == ["quality_sample"]
    assert '"bill"' not in auditor.get(f"items/{item.pk}/lineage/").content.decode()

    task = factories.claim(sampled.queues.get(name="senior"), people["senior"])
    decide(task_id=task.pk, actor=people["senior"], verdict="correct", output={"category": "bill"})
    after = auditor.get(f"items/{item.pk}/").json()
    assert after["candidate"]["output"] == {"category": "bill"}
    assert after["outcome"]["output"] == {"category": "bill"}


def test_a_second_reviewer_does_not_see_what_the_first_decided(process, cast):
    task = factories.make_task(process, payload={"text": "Hello", "channel": "vip"})
    first = factories.claim(task, cast.operator)
    decide(task_id=first.pk, actor=cast.operator, verdict="correct", output={"category": "other"})
    seen_by_senior = signed_in(cast.senior).get(f"items/{task.item_id}/").json()
    assert [one["verdict"] for one in seen_by_senior["decisions"]] == [None]
    assert seen_by_senior["candidate"] is not None  # this round is not blind
    seen_by_themselves = signed_in(cast.operator).get(f"items/{task.item_id}/").json()
    assert [one["verdict"] for one in seen_by_themselves["decisions"]] == ["correct"]


def test_a_producer_sees_the_outcome_and_nothing_of_how_it_came_about(process, cast, producer):
    decision = factories.make_decision(process, cast.operator, verdict="correct")
    answer = producer.get(f"items/{decision.item_id}/").json()
    assert answer["outcome"]["output"] == {"category": "other"}
    assert answer["candidate"] is None
    assert answer["route"] is None
    assert answer["decisions"] == answer["effects"] == []
    problem(producer.get(f"items/{decision.item_id}/lineage/"), 403)


def test_a_producer_sees_no_item_of_another_process(producer):
    item = factories.make_item(factories.make_process("other"))
    problem(producer.get(f"items/{item.pk}/"), 404)


def test_lineage_shows_every_entry_with_its_hash_and_that_it_verifies(process, cast, operator):
    decision = factories.make_decision(process, cast.operator)
    answer = operator.get(f"items/{decision.item_id}/lineage/").json()
    entries = Entry.objects.filter(item=decision.item_id).order_by("id")
    assert [one["hash"] for one in answer["entries"]] == [bytes(e.hash).hex() for e in entries]
    assert [one["kind"] for one in answer["entries"]][:3] == [
        "item.received",
        "candidate.made",
        "item.routed",
    ]
    assert answer["verifies"] is True
    assert all(one["is_valid"] for one in answer["entries"])


def test_due_at_beyond_the_calendar_is_refused(producer):
    for text in ("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2030-12-31T23:59:60Z"):
        problem(producer.post("items/", {**BODY, "due_at": text}), 422)
    assert not Item.objects.exists()
