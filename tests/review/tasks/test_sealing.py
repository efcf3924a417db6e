"""While somebody is still to judge for themselves, no face tells what was decided, or by whom."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from governance.ledger.sequencing import sequence
from review.decisions.operations import decide
from review.finding import indexing
from review.models import Decision, Mention, Notice, Queue, Task
from review.notes.operations import tell_later, write
from review.tasks import operations as tasks
from review.tasks.sealing import concealments
from tests import factories

pytestmark = pytest.mark.django_db

TELLING = "Surely a meter question, says the note."


def catch_up():
    """Index what was decided, as the job does that follows the ledger."""
    sequence()
    while indexing.follow():
        pass


def client(user):
    found = Client()
    found.force_login(user)
    return found


@pytest.fixture
def pair(process, cast):
    """An item that two people decide on: the operator has said "other", with reason and note."""
    cast.operator.first_name = "Quentin"
    cast.operator.save()
    task = factories.make_task(process, payload={"text": "Hello", "channel": "vip"})
    item = task.item
    first = factories.claim(task, cast.operator)
    decide(
        task_id=first.pk,
        actor=cast.operator,
        verdict="correct",
        output={"category": "other", "note": "zebra"},
        reason="Because of the giraffe.",
    )
    write(item=item, author=cast.operator, text=f"{TELLING} @{cast.senior.username}")
    return item


def faces(item, decision, user):
    """All that a person can read about an item, by address."""
    mine = client(user)
    addresses = [
        reverse("item", args=[item.pk]),
        reverse("decision", args=[decision.pk]),
        reverse("item-notes", args=[item.pk]),
        reverse("notices"),
        reverse("history"),
        reverse("my-work"),
        reverse("api:item", args=[item.pk]),
        reverse("api:lineage", args=[item.pk]),
        reverse("api:items"),
    ]
    answers = {one: mine.get(one) for one in addresses}
    present = reverse("item-presence", args=[item.pk])
    answers[present] = mine.post(present)
    return {one: answer.content.decode() for one, answer in answers.items()}


SECRETS = ("Corrected", "giraffe", "zebra</", '"zebra"', TELLING, '"correct"', '"other"')


@pytest.mark.parametrize("name", ["senior", "colleague", "lead", "auditor", "owner"])
def test_no_face_tells_the_second_reviewer_or_those_who_talk_to_them(pair, cast, name):
    decision = Decision.objects.get(item=pair)
    told = {
        (address, secret)
        for address, text in faces(pair, decision, getattr(cast, name)).items()
        for secret in SECRETS
        # A page that shows the model's suggestion has all values to choose from on it.
        if secret in text and (secret != '"other"' or "/api/" in address)
    }
    assert told == set()


@pytest.mark.parametrize("name", ["senior", "lead", "auditor"])
def test_the_item_is_not_found_by_what_was_decided_on_it(pair, cast, name):
    catch_up()
    mine = client(getattr(cast, name))
    for query in ("q=zebra", "q=giraffe", "verdict=correct", f"person={cast.operator.pk}"):
        for address in (reverse("items"), reverse("quick-search")):
            if address == reverse("items") or query.startswith("q="):
                assert str(pair.pk) not in mine.get(f"{address}?{query}").content.decode()
    assert str(pair.pk) in mine.get(reverse("items") + "?segment=vip").content.decode()


def test_the_second_reviewers_screen_tells_nothing_and_names_nobody(pair, cast):
    second = factories.claim(Task.objects.get(item=pair, kind="second_review"), cast.senior)
    screen = client(cast.senior).get(reverse("task", args=[second.pk])).content.decode()
    assert not [secret for secret in SECRETS[:4] if secret in screen]
    life = client(cast.senior).get(reverse("item", args=[pair.pk])).content.decode()
    assert "Quentin" not in life
    assert "Quentin" in client(cast.operator).get(reverse("item", args=[pair.pk])).content.decode()


def test_presence_does_not_name_who_holds_the_other_slot(process, cast):
    task = factories.make_task(process, payload={"text": "Hello", "channel": "vip"})
    first = factories.claim(task, cast.operator)
    second = factories.claim(Task.objects.get(item=task.item, kind="second_review"), cast.senior)
    address = reverse("item-presence", args=[task.item_id])
    client(cast.operator).post(address, {"task": first.pk})
    client(cast.auditor).post(address)
    seen = client(cast.senior).post(address, {"task": second.pk}).content.decode()
    assert "auditor" in seen
    assert "operator" not in seen


def test_one_sees_ones_own_decision_and_note(pair, cast):
    decision = Decision.objects.get(item=pair)
    own = faces(pair, decision, cast.operator)
    assert "Corrected" in own[reverse("item", args=[pair.pk])]
    assert TELLING in own[reverse("item-notes", args=[pair.pk])]
    assert (
        json.loads(own[reverse("api:item", args=[pair.pk])])["decisions"][0]["verdict"] == "correct"
    )


def test_a_mention_waits_until_both_are_in(pair, cast):
    assert tell_later() == 0
    assert not Notice.objects.filter(person=cast.senior, kind="mentioned").exists()
    second = factories.claim(Task.objects.get(item=pair, kind="second_review"), cast.senior)
    decide(task_id=second.pk, actor=cast.senior, verdict="accept")
    assert tell_later() == 1
    assert Notice.objects.filter(person=cast.senior, kind="mentioned").exists()
    assert Mention.objects.get().told_at is not None
    assert tell_later() == 0


def test_mentions_that_wait_do_not_hold_up_those_behind_them(pair, process, cast):
    later = factories.make_task(process, payload={"text": "Hello", "channel": "vip"}).item
    write(item=later, author=cast.operator, text=f"@{cast.senior.username}")
    tasks.cancel_open(later, actor="system:tests")
    assert tell_later(limit=1) == 1
    assert Notice.objects.get(person=cast.senior).item == later


def test_when_both_are_in_and_differ_a_third_is_asked_in_the_same_transaction(pair, cast):
    second = factories.claim(Task.objects.get(item=pair, kind="second_review"), cast.senior)
    decide(task_id=second.pk, actor=cast.senior, verdict="accept")
    third = Task.objects.get(item=pair, kind="adjudication")
    assert third.state == "open"
    assert concealments([pair.pk]) == {}
    assert TELLING in client(cast.lead).get(reverse("item-notes", args=[pair.pk])).content.decode()
    held = factories.claim(third, cast.lead)
    assert held.pk == third.pk
    for one in (cast.operator, cast.senior):
        assert Task.objects.filter(item=pair, claimed_by=one).count() == 1


def test_a_blind_sample_hides_the_model_and_its_automatic_decision(cast):
    full = factories.make_process("full", stage="full", sample_rate=1.0)
    lead = factories.make_person("full-lead", full, *factories.ROLES["lead"])
    item = factories.propose(factories.make_item(full))
    decision = Decision.objects.get(item=item)
    page = client(lead).get(reverse("item", args=[item.pk])).content.decode()
    assert "Bill" not in page.split("Route")[1]
    assert "hidden" in client(lead).get(reverse("decision", args=[decision.pk])).content.decode()
    # Nor does a form that nobody was given show it with what is wrong in it.
    amended = client(lead).post(
        reverse("decision-amend", args=[decision.pk]), {"verdict": "correct", "category": "none"}
    )
    assert amended.status_code == 409
    assert "Bill" not in amended.content.decode()
    # Whatever face asks: values that fit the contract amend no sealed decision either.
    by_api = client(lead).post(
        f"/api/v1/decisions/{decision.pk}/amend/",
        {"verdict": "correct", "output": {"category": "other"}},
        content_type="application/json",
    )
    assert by_api.status_code == 409
    assert "bill" not in by_api.content.decode().lower()
    # Taking a wrong automatic decision back needs no look at it.
    undone = client(lead).post(reverse("decision-undo", args=[decision.pk]))
    assert undone.status_code == 302
    decision.refresh_from_db()
    assert decision.state == "undone"


def test_it_ends_with_the_last_of_the_tasks(process, cast):
    task = factories.make_task(process, payload={"text": "Hello", "channel": "vip"})
    assert task.item_id in concealments([task.item_id])
    with_two = Task.objects.filter(item=task.item)
    for one in with_two:
        one.state = Task.State.OPEN
    tasks.cancel_open(task.item, actor="system:tests")
    assert concealments([task.item_id]) == {}
    assert Queue.objects.exists()
