"""What a person sees of a task, and what a blind task does not show them."""

import pytest

from review.decisions.operations import decide
from review.models import Task
from review.tasks import operations
from review.tasks.queries import held_by, task_view
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_task_is_shown_whole_by_one_statement(process, cast, django_assert_num_queries):
    task = factories.make_claimed_task(
        process, cast.operator, external_id="t-1", payload={"text": "Hi", "subject": "Bill"}
    )
    operations.save_draft(
        task_id=task.pk, actor=cast.operator, output={"category": "other"}, reason="Hm."
    )
    assert task_view(task.pk, cast.operator.pk).agreement  # the contract is read once a process
    with django_assert_num_queries(1):
        view = task_view(task.pk, cast.operator.pk)
        assert view.headline == "Bill"
    assert (view.id, view.item_id, view.external_id) == (task.pk, task.item_id, "t-1")
    assert (view.process, view.queue, view.claimed_by_id) == ("desk", "desk", cast.operator.pk)
    assert view.payload == {"text": "Hi", "subject": "Bill"}
    assert view.candidate.output == {"category": "bill"}
    assert view.candidate.confidence == {"category": 0.95}
    assert (view.route, [one["code"] for one in view.reasons]) == ("review", ["stage_assisted"])
    assert (view.draft.output, view.draft.reason) == ({"category": "other"}, "Hm.")
    assert view.opinions == ()


def test_another_persons_draft_is_not_shown(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    operations.save_draft(task_id=task.pk, actor=cast.operator, output={"category": "other"})
    assert task_view(task.pk, cast.colleague.pk).draft is None


def test_a_blind_task_shows_no_candidate(cast):
    sampled = factories.make_process("sampled", stage="full", sample_rate=1.0)
    item = factories.propose(factories.make_item(sampled))
    view = task_view(item.tasks.get().pk, cast.senior.pk)
    assert item.candidates.exists()
    assert (view.is_blind, view.candidate) == (True, None)


def test_a_blind_task_gives_no_reason_that_tells_the_candidate(process, cast):
    """`meter_passes_compliance` fails for a meter alone, so naming it would say "meter"."""
    item = factories.propose(factories.make_item(process), {"category": "meter"}, confidence=0.1)
    view = task_view(item.tasks.get().pk, cast.operator.pk)
    assert view.is_blind
    assert [one["code"] for one in view.reasons] == ["field_below_floor", "stage_assisted"]
    assert "check_failed" in [one["code"] for one in item.routes.get().reasons]


def test_an_escalated_task_says_why(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    operations.escalate(task_id=task.pk, actor=cast.operator, reason="Too hard.")
    view = task_view(task.pk, cast.senior.pk)
    assert [(one.kind, one.reason) for one in view.handed_back] == [("escalated", "Too hard.")]


def test_an_adjudicator_sees_both_opinions_without_names(process, cast):
    task = factories.make_task(process, payload={"text": "Hello", "channel": "vip"})
    first = factories.claim(task, cast.operator)
    second = factories.claim(process.queues.get(name="senior"), cast.senior)
    decide(task_id=first.pk, actor=cast.operator, verdict="accept")
    decide(task_id=second.pk, actor=cast.senior, verdict="correct", output={"category": "other"})
    adjudication = Task.objects.get(item=task.item, kind="adjudication")
    view = task_view(adjudication.pk, cast.lead.pk)
    assert [(one.verdict, one.output) for one in view.opinions] == [
        ("accept", {"category": "bill"}),
        ("correct", {"category": "other"}),
    ]


def test_a_task_that_does_not_exist(process, cast):
    with pytest.raises(Task.DoesNotExist):
        task_view(process.contract_id, cast.operator.pk)


def test_what_a_person_holds_is_listed_longest_held_first(process, cast):
    one = factories.make_claimed_task(process, cast.operator)
    two = factories.make_claimed_task(process, cast.operator)
    factories.make_claimed_task(process, cast.colleague)
    assert list(held_by(cast.operator)) == [one, two]
