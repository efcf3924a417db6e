"""What shadows answer, and that nobody and nothing acts on it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from governance.approvals import asking as approving
from governance.approvals import operations as approvals
from governance.catalogue import operations as catalogue
from governance.catalogue import shadowing
from governance.ledger.models import Entry
from governance.rollout import operations as rollout
from integrations.providers.base import (
    MalformedOutput,
    ProviderPermanent,
    ProviderTransient,
)
from review.erasure import operations as erasure
from review.models import (
    Call,
    Candidate,
    Effect,
    Route,
    ShadowCandidate,
    Task,
)
from review.shadows import asking
from tests import factories
from tests.review.shadows.conftest import ACTOR, Shadow, begin

pytestmark = pytest.mark.django_db


def only():
    return ShadowCandidate.objects.get()


def test_an_answer_is_kept_beside_everything_else(process, shadow):
    task = factories.make_task(process)
    shadow.answer = lambda _: factories.make_proposal({"category": "meter"}, confidence=0.7)
    shadow.run()
    row = only()
    assert (row.state, row.output, row.differing) == (
        "answered",
        {"category": "meter"},
        ["category"],
    )
    assert row.confidence == {"category": 0.7}
    assert (row.call.version, row.call.outcome) == (shadow.deployment.version, "answered")
    # The champion's candidate, route and task are as they were, and there is nothing more.
    assert Candidate.objects.get().output == {"category": "bill"}
    assert Route.objects.get().candidate == Candidate.objects.get()
    assert Task.objects.get() == task
    assert not Effect.objects.exists()


def test_the_ledger_commits_to_the_answer_and_does_not_tell_it(process, shadow):
    factories.make_task(process)
    shadow.answer = lambda _: factories.make_proposal({"category": "meter"})
    shadow.run()
    entry = Entry.objects.get(kind="shadow.answered")
    assert set(entry.data["output"]["category"]) == {"commitment"}
    assert "meter" not in str(entry.data)
    assert "confidence" not in entry.data
    assert entry.data["probability"] == 1.0


def test_an_answer_like_the_champions_differs_in_nothing(process, shadow):
    factories.make_task(process)
    shadow.run()
    assert only().differing == []


def test_where_the_champion_said_nothing_there_is_nothing_to_differ_from(process, shadow):
    factories.leave_to_people(factories.make_item(process))
    shadow.run()
    assert (only().state, only().differing) == ("answered", None)


def test_it_is_asked_once(process, shadow):
    factories.make_task(process)
    shadow.run()
    shadow.run()
    assert len(shadow.asked) == 1


@pytest.mark.parametrize(
    ("error", "outcome", "attempts"),
    [
        (ProviderPermanent("no"), "permanent", 1),
        (ProviderTransient("busy"), "transient", 3),
        (MalformedOutput("what", raw=""), "malformed", 3),
    ],
    ids=["permanent", "transient", "malformed"],
)
def test_what_fails_is_tried_again_a_few_times_and_then_given_up(
    process, shadow, error, outcome, attempts
):
    factories.make_task(process)
    shadow.answer = lambda _: error
    for _ in range(4):
        shadow.run()
        ShadowCandidate.objects.filter(state="due").update(due_at=timezone.now())
    assert (only().state, only().error, only().attempts) == ("failed", outcome, attempts)
    calls = Call.objects.filter(version=shadow.deployment.version)
    assert list(calls.values_list("outcome", flat=True)) == [outcome] * attempts
    assert Entry.objects.get(kind="shadow.failed").data["error"] == outcome


def test_a_failure_for_now_waits_before_it_is_asked_again(process, shadow):
    factories.make_task(process)
    shadow.answer = lambda _: ProviderTransient("busy")
    shadow.run()
    shadow.run()
    assert len(shadow.asked) == 1
    assert only().due_at > timezone.now() + timedelta(seconds=50)


def test_workers_that_vanish_use_up_its_attempts(process, shadow):
    factories.make_task(process)
    shadow.draw()
    for _ in range(asking.MOST_ATTEMPTS):
        assert asking._lease()
        assert not asking._lease(), "it is leased"
        past = timezone.now() - timedelta(seconds=1)
        ShadowCandidate.objects.update(lease_until=past, due_at=past)
    shadow.run()
    assert (only().state, only().error) == ("failed", "worker lost")
    assert not shadow.asked


def test_who_lost_the_lease_writes_nothing(process, shadow):
    factories.make_task(process)

    def overtaken(_):
        ShadowCandidate.objects.update(attempts=2)
        return factories.make_proposal()

    shadow.answer = overtaken
    shadow.run()
    assert (only().state, only().output) == ("due", None)
    assert not Call.objects.filter(version=shadow.deployment.version).exists()


@pytest.mark.parametrize("what", ["ended", "paused", "erased"])
def test_what_was_drawn_is_not_asked_any_more(process, shadow, cast, what):
    task = factories.make_task(process)
    shadow.draw()
    if what == "ended":
        shadowing.end_by_id(process=process.pk, deployment_id=shadow.deployment.pk, actor=ACTOR)
    elif what == "paused":
        rollout.pause(process=process.pk, actor=ACTOR)
    else:
        erase(task.item, cast)
    shadow.run()
    assert only().state == "withdrawn"
    assert not shadow.asked


def test_an_endpoint_whose_approval_is_withdrawn_is_asked_no_more(
    process, cast, settings, monkeypatch
):
    settings.PROVIDERS = {
        "local": {},
        "house": {"adapter": "openai_compatible", "base_url": "http://x/", "model": "m"},
    }
    version = catalogue.register_endpoint(process.contract, "house", actor=ACTOR)
    approval = factories.grant(
        approving.for_version(version, actor=cast.model_owner, reason="In our house.")
    )
    begun = shadowing.begin(version, share=1, daily_limit=10, actor=ACTOR)
    shadow = Shadow(begun, monkeypatch)
    factories.make_task(process)
    shadow.run()
    approvals.withdraw(
        approval_id=approval.pk, actor=cast.compliance_officer, reason="Not in our house."
    )
    factories.make_task(process)
    shadow.run()
    assert len(shadow.asked) == 1
    assert set(ShadowCandidate.objects.values_list("state", "error")) == {
        ("answered", ""),
        ("withdrawn", "not approved"),
    }


def test_an_item_that_is_erased_while_it_is_asked_for_gets_no_answer(process, shadow, cast):
    task = factories.make_task(process)

    def erased(_):
        erase(task.item, cast)
        return factories.make_proposal()

    shadow.answer = erased
    shadow.run()
    assert (only().state, only().error, only().output) == ("withdrawn", "erased", None)


def test_one_shadow_is_asked_at_a_time(process, shadow, settings):
    begin(process, "c")
    factories.make_task(process)
    shadow.draw()
    assert len(asking._lease()) == 1
    assert not asking._lease()
    settings.SHADOWS_AT_ONCE = 2
    assert len(asking._lease()) == 1
    assert not asking._lease()


def test_a_batch_is_as_large_as_the_provider_takes(process, shadow, settings):
    settings.PROVIDER_BATCH = {"local": 3}
    for _ in range(5):
        factories.make_task(process)
    shadow.draw()
    assert [asking.work(), asking.work(), asking.work()] == [3, 2, 0]


@pytest.mark.parametrize(
    "change",
    [
        'UPDATE review_shadowcandidate SET output = \'{"category": "x"}\'',
        "UPDATE review_shadowcandidate SET differing = '[]'",
        "UPDATE review_shadowcandidate SET state = 'withdrawn'",
        "UPDATE review_shadowcandidate SET state = 'due', ended_at = NULL",
        "UPDATE review_shadowcandidate SET probability = 0.5",
        "DELETE FROM review_shadowcandidate",
        "TRUNCATE review_shadowcandidate",
    ],
)
def test_an_answer_neither_changes_nor_goes(process, shadow, change):
    factories.make_task(process)
    shadow.answer = lambda _: factories.make_proposal({"category": "meter"})
    shadow.run()
    refused = "append-only|TRUNCATE" if change.startswith("TRUNCATE") else "changes nor goes"
    with pytest.raises(DatabaseError, match=refused):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    assert only().output == {"category": "meter"}


@pytest.mark.parametrize("state", ["due", "answered"])
def test_nothing_is_written_into_an_item_that_was_erased(process, cast, shadow, state):
    task = factories.make_task(process)
    shadow.draw()
    if state == "answered":
        shadow.run()
    erase(task.item, cast)
    with pytest.raises(DatabaseError, match="changes nor goes"):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute('UPDATE review_shadowcandidate SET output = \'{"category": "x"}\'')


def test_an_answer_does_not_come_from_nowhere(process, shadow):
    task = factories.make_task(process)
    now = timezone.now()
    with pytest.raises(DatabaseError, match="asked before it answers"), transaction.atomic():
        ShadowCandidate.objects.create(
            deployment=shadow.deployment,
            item=task.item,
            probability=1,
            state="answered",
            output={"category": "x"},
            drawn_at=now,
            ended_at=now,
            due_at=now,
        )


def test_the_guards_stay_on_for_a_replicas_role(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal"
            " AND tgrelid = 'review_shadowcandidate'::regclass ORDER BY tgname"
        )
        assert cursor.fetchall() == [("kept", "A"), ("shadow_rules", "A")]


def test_erasing_the_item_takes_the_answer_and_leaves_that_there_was_one(process, shadow, cast):
    task = factories.make_task(process)
    shadow.run()
    erase(task.item, cast)
    row = only()
    assert (row.state, row.output, row.differing) == ("answered", {"erased": True}, [])


def erase(item, cast):
    asked = factories.make_erasure(item, cast.compliance_officer)
    erasure.work_off(asked["request_id"])
