"""A person's way through a queue: claim, decide and next, hand back, lose the claim."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.models import Entry
from governance.roles.scopes import OF_PEOPLE
from review.decisions import operations as decisions
from review.models import Decision, Draft, Task
from review.tasks import operations
from tests import factories
from tests.review.api.conftest import Caller, pointers, problem, signed_in

pytestmark = pytest.mark.django_db

NEXT = "queues/desk/desk/next/"
HOT_PATH_STATEMENTS = 12


@pytest.fixture
def task(process, cast):
    """A review task that the operator holds."""
    return factories.make_claimed_task(process, cast.operator)


def expire(task):
    """Let the lease run out and the sweeper find it."""
    Task.objects.filter(pk=task.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert operations.free_expired() == 1


def test_next_claims_the_task_and_shows_it(process, operator, cast):
    waiting = factories.make_task(process, external_id="t-1")
    answer = operator.post(NEXT).json()
    assert answer["id"] == str(waiting.pk)
    assert answer["payload"] == {"text": "The bill is wrong."}
    assert answer["candidate"]["confidence"] == {"category": 0.95}
    assert answer["reasons"][0]["sentence"]
    waiting.refresh_from_db()
    assert waiting.claimed_by == cast.operator


def test_next_is_empty_where_nothing_is_left(process, operator):
    response = operator.post(NEXT)
    assert (response.status_code, response.content) == (204, b"")


def test_next_is_empty_while_the_queue_is_paused(process, operator):
    factories.make_task(process)
    process.queues.filter(name="desk").update(is_paused=True)
    assert operator.post(NEXT).status_code == 204


def test_only_those_who_serve_a_queue_claim_from_it(process, cast, producer):
    factories.make_task(process)
    problem(signed_in(cast.auditor).post(NEXT), 403, "not_allowed")
    problem(signed_in(cast.outsider).post(NEXT), 404, "not_found")
    problem(producer.post(NEXT), 403, "not_allowed")
    problem(signed_in(cast.operator).post("queues/desk/nosuch/next/"), 404)


def test_deciding_returns_the_next_claimed_task(process, cast, operator, task):
    following = factories.make_task(process)
    response = operator.post(f"tasks/{task.pk}/decide/", {"verdict": "accept", "next": True})
    assert response.status_code == 200
    answer = response.json()
    decision = Decision.objects.get()
    assert answer["decision"]["id"] == str(decision.pk)
    assert answer["decision"]["verdict"] == "accept"
    assert answer["decision"]["undo_until"]
    assert answer["next"]["id"] == str(following.pk)
    following.refresh_from_db()
    assert following.claimed_by == cast.operator


def test_deciding_without_next_claims_nothing(process, operator, task):
    following = factories.make_task(process)
    answer = operator.post(f"tasks/{task.pk}/decide/", {"verdict": "accept"}).json()
    assert answer["next"] is None
    following.refresh_from_db()
    assert following.state == Task.State.OPEN


def test_decide_and_next_takes_few_statements(process, cast, operator):
    first = factories.make_claimed_task(process, cast.operator)
    for number in range(3):
        factories.make_task(process, external_id=f"t-{number}")
    second = operator.post(f"tasks/{first.pk}/decide/", {"verdict": "accept", "next": True})
    with CaptureQueriesContext(connection) as captured:
        third = operator.post(
            f"tasks/{second.json()['next']['id']}/decide/",
            {"verdict": "correct", "output": {"category": "other"}, "next": True},
        )
    assert third.json()["next"] is not None
    # The test's own transaction makes savepoints of what is one BEGIN and COMMIT in earnest.
    frame = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    statements = [
        one["sql"] for one in captured.captured_queries if not one["sql"].startswith(frame)
    ]
    assert len(statements) <= HOT_PATH_STATEMENTS, "\n".join(statements)
    assert not any("django_session" in sql for sql in statements)  # read from its cache


def test_a_lost_claim_is_a_conflict_and_keeps_the_draft(cast, operator, task):
    expire(task)
    body = {"verdict": "correct", "output": {"category": "other"}, "reason": "Typed."}
    response = operator.post(f"tasks/{task.pk}/decide/", body)
    document = problem(response, 409, "claim_lost")
    assert "draft" in document["detail"]
    draft = Draft.objects.get(task=task, actor=cast.operator)
    assert (draft.output, draft.reason) == ({"category": "other"}, "Typed.")
    assert not Decision.objects.exists()


def test_the_second_of_two_decisions_is_refused(cast, operator, task):
    operator.post(f"tasks/{task.pk}/decide/", {"verdict": "accept"})
    problem(operator.post(f"tasks/{task.pk}/decide/", {"verdict": "accept"}), 409, "claim_lost")
    assert Decision.objects.count() == 1


def test_a_colleagues_task_is_not_decided(cast, task):
    colleague = signed_in(cast.colleague)
    problem(colleague.post(f"tasks/{task.pk}/decide/", {"verdict": "accept"}), 409, "claim_lost")
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, ["/verdict"]),
        ({"verdict": "maybe"}, ["/verdict"]),
        ({"verdict": 1}, ["/verdict"]),
        ({"verdict": "correct"}, ["/output"]),
        ({"verdict": "correct", "output": {"category": "fish"}}, ["/output/category"]),
        ({"verdict": "correct", "output": []}, ["/output"]),
        ({"verdict": "accept", "output": {"category": "other"}}, ["/output"]),
        ({"verdict": "reject"}, ["/reason"]),
        ({"verdict": "reject", "reason": "x" * 2001}, ["/reason"]),
        ({"verdict": "accept", "next": "yes"}, ["/next"]),
        ({"verdict": "accept", "colour": "red"}, ["/colour"]),
    ],
)
def test_a_wrong_decision_is_refused_and_changes_nothing(operator, task, body, where):
    response = operator.post(f"tasks/{task.pk}/decide/", body)
    problem(response, 422, "invalid")
    assert pointers(response) == where
    task.refresh_from_db()
    assert task.state == Task.State.CLAIMED
    assert not Decision.objects.exists()


def test_a_task_is_shown_to_who_holds_it_and_nobody_else(cast, operator, task):
    assert operator.get(f"tasks/{task.pk}/").json()["id"] == str(task.pk)
    problem(signed_in(cast.colleague).get(f"tasks/{task.pk}/"), 403)
    problem(signed_in(cast.outsider).get(f"tasks/{task.pk}/"), 404)
    expire(task)
    problem(operator.get(f"tasks/{task.pk}/"), 403)


def test_the_tasks_one_holds_are_listed(cast, operator, task):
    (held,) = operator.get("tasks/").json()["results"]
    assert held["id"] == str(task.pk)
    assert signed_in(cast.colleague).get("tasks/").json()["results"] == []


def test_release_hands_a_task_back(operator, task):
    assert operator.post(f"tasks/{task.pk}/release/").status_code == 204
    task.refresh_from_db()
    assert task.state == Task.State.OPEN
    problem(operator.post(f"tasks/{task.pk}/release/"), 409, "claim_lost")


def test_a_skipped_task_goes_to_somebody_else(cast, operator, task):
    response = operator.post(f"tasks/{task.pk}/skip/", {"reason": "I know the customer."})
    assert response.status_code == 204
    assert operator.post(NEXT).status_code == 204
    assert signed_in(cast.colleague).post(NEXT).json()["id"] == str(task.pk)


def test_an_escalated_task_stands_with_the_seniors(cast, operator, task):
    response = operator.post(f"tasks/{task.pk}/escalate/", {"reason": "Too hard."})
    assert response.status_code == 204
    answer = signed_in(cast.senior).post("queues/desk/senior/next/").json()
    assert answer["id"] == str(task.pk)
    assert answer["handed_back"] == [{"kind": "escalated", "reason": "Too hard."}]


@pytest.mark.parametrize("verb", ["skip", "escalate"])
def test_handing_back_takes_a_reason(operator, task, verb):
    for body in ({}, {"reason": ""}, {"reason": "   "}, {"reason": "x" * 501}, {"reason": 5}):
        response = operator.post(f"tasks/{task.pk}/{verb}/", body)
        problem(response, 422)
        assert pointers(response) == ["/reason"]


def test_a_heartbeat_extends_the_lease(operator, task):
    Task.objects.filter(pk=task.pk).update(lease_until=timezone.now() + timedelta(seconds=5))
    answer = operator.post(f"tasks/{task.pk}/heartbeat/").json()
    task.refresh_from_db()
    assert task.lease_until > timezone.now() + timedelta(seconds=500)
    assert answer["lease_until"] == task.lease_until.isoformat().replace("+00:00", "Z")
    expire(task)
    problem(operator.post(f"tasks/{task.pk}/heartbeat/"), 409, "claim_lost")


def test_a_draft_is_kept_and_shown_again(operator, task):
    body = {"output": {"category": "other"}, "reason": "Not sure."}
    assert operator.post(f"tasks/{task.pk}/draft/", body).status_code == 204
    draft = operator.get(f"tasks/{task.pk}/").json()["draft"]
    assert (draft["output"], draft["reason"]) == (body["output"], body["reason"])


def test_a_lead_gives_a_task_to_another(cast, task):
    lead = signed_in(cast.lead)
    answer = lead.post(f"tasks/{task.pk}/reassign/", {"to": cast.colleague.username})
    assert answer.status_code == 200
    task.refresh_from_db()
    assert task.claimed_by == cast.colleague
    assert Entry.objects.filter(kind="task.reassigned", actor=f"user:{cast.lead.pk}").exists()


def test_a_task_is_given_only_to_those_who_serve_its_queue(cast, task):
    lead = signed_in(cast.lead)
    for name in (cast.auditor.username, cast.outsider.username, "nobody"):
        response = lead.post(f"tasks/{task.pk}/reassign/", {"to": name})
        problem(response, 422)
        assert pointers(response) == ["/to"]
    task.refresh_from_db()
    assert task.claimed_by == cast.operator


def test_a_task_is_not_given_to_who_has_left(cast, task):
    cast.colleague.is_active = False
    cast.colleague.save()
    problem(signed_in(cast.lead).post(f"tasks/{task.pk}/reassign/", {"to": "colleague"}), 422)


def test_only_a_lead_reassigns(cast, operator, task):
    problem(operator.post(f"tasks/{task.pk}/reassign/", {"to": "colleague"}), 403)


def test_a_persons_own_key_works_like_the_person(process, cast, task):
    _, secret = factories.issue_key(actor=factories.ACTOR, scopes=OF_PEOPLE, user=cast.operator)
    caller = Caller(secret=secret)
    answer = caller.post(f"tasks/{task.pk}/decide/", {"verdict": "accept"})
    assert answer.status_code == 200
    assert Decision.objects.get().actor == cast.operator


def test_taking_two_slots_of_an_item_at_once_does_not_cost_the_decision(
    process, operator, task, monkeypatch
):
    """Another tab of the same person claimed the other slot between choosing and writing."""
    following = factories.make_task(process)
    in_earnest, tries = decisions.take_next, []

    def take_next(queue, actor_id):
        tries.append(queue)
        if len(tries) == 1:
            raise IntegrityError("one_slot_a_person")
        return in_earnest(queue, actor_id)

    monkeypatch.setattr(decisions, "take_next", take_next)
    answer = operator.post(f"tasks/{task.pk}/decide/", {"verdict": "accept", "next": True})
    assert answer.json()["next"]["id"] == str(following.pk)
    assert len(tries) == 2
    assert Decision.objects.count() == 1
