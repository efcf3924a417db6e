"""What the gate holds, why, and that nothing of it is sent before it is through."""

from datetime import timedelta

import pytest
from django.db import Error, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.models import Entry
from review.decisions import operations as decisions
from review.effects import operations as effects
from review.effects.jobs import sweep
from review.gate.models import GateHold
from review.items.queries import outcome_view
from review.models import Effect, Item
from review.routing import sample_point
from tests import factories
from tests.review.gate import scenes

pytestmark = pytest.mark.django_db

NO_OTHER = (
    "{checks: [{name: no_other, require: {output.category: {not_equals: other}},"
    " message: Not under other., policy: replies}]}"
)


def due_now() -> None:
    """Let the undo windows of all effects have ended."""
    past = timezone.now() - timedelta(seconds=1)
    Effect.objects.update(due_at=past, hint_at=past)


def codes(hold: GateHold) -> list[str]:
    return [one["code"] for one in hold.reasons]


def test_an_output_of_a_risk_that_the_contract_names_is_held():
    process = scenes.gated("{risks: [low]}")
    hold = scenes.held(process, factories.make_cast(process).operator)
    assert (hold.state, hold.reasons) == ("waiting", [{"code": "gate_risk", "risk": "low"}])
    assert Effect.objects.get().is_held
    entry = Entry.objects.get(kind="gate.held")
    assert entry.data["decision"] == str(hold.decision_id)


def test_an_output_of_a_segment_is_held_and_others_are_not():
    process = scenes.gated("{segments: [default]}")
    cast = factories.make_cast(process)
    assert codes(scenes.held(process, cast.operator)) == ["gate_segment"]
    vip = factories.propose(factories.make_item(process, {"text": "Hello", "channel": "vip"}))
    for person in (cast.operator, cast.senior):
        task = vip.tasks.get(state="open", queue__role=_role(person, cast))
        factories.claim(task, person)
        decisions.decide(task_id=task.pk, actor=person, verdict="accept")
    assert not GateHold.objects.filter(item=vip).exists()
    assert not Effect.objects.get(item=vip).is_held


def _role(person, cast):
    return "operator" if person == cast.operator else "senior_reviewer"


def test_a_share_is_drawn_by_the_items_own_number():
    process = scenes.gated("{share: 0.5}")
    operator = factories.make_cast(process).operator
    for _ in range(12):
        item = factories.make_decision(process, operator).item
        is_drawn = sample_point(item.pk, purpose="gate") < 0.5
        assert GateHold.objects.filter(item=item).exists() == is_drawn
    assert 0 < GateHold.objects.count() < 12


def test_a_condition_holds_what_breaks_it():
    process = scenes.gated(NO_OTHER)
    operator = factories.make_cast(process).operator
    fine = factories.make_decision(process, operator)
    assert not GateHold.objects.filter(decision=fine).exists()
    hold = scenes.held(process, operator, verdict="correct")
    assert hold.reasons == [
        {
            "code": "gate_check_failed",
            "check": "no_other",
            "message": "Not under other.",
            "policy": "replies",
        }
    ]


def test_a_rejection_has_no_output_to_hold():
    process = scenes.gated("{risks: [low]}")
    factories.make_decision(process, factories.make_cast(process).operator, verdict="reject")
    assert not GateHold.objects.exists()
    assert Item.objects.get().state == "rejected"


def test_automatic_decisions_pass_the_gate_too():
    process = scenes.gated("{risks: [low]}", stage="full")
    item = factories.propose(factories.make_item(process))
    assert item.decisions.get().actor is None
    assert GateHold.objects.get(item=item).state == "waiting"


def test_nothing_of_a_held_decision_is_sent():
    process = scenes.gated("{risks: [low]}")
    scenes.held(process, factories.make_cast(process).operator)
    due_now()
    effect = Effect.objects.get()
    assert effects.due_effects() == []
    effects.run(effect.pk)
    sweep()
    effect.refresh_from_db()
    assert (effect.state, effect.attempts) == ("scheduled", 0)


def test_the_database_refuses_to_send_what_is_held():
    process = scenes.gated("{risks: [low]}")
    scenes.held(process, factories.make_cast(process).operator)
    with pytest.raises(Error, match="has not released"), transaction.atomic():
        Effect.objects.update(state="running", is_held=False)


def test_an_outcome_that_is_held_is_not_told_to_its_producer():
    process = scenes.gated("{risks: [low]}")
    hold = scenes.held(process, factories.make_cast(process).operator)
    assert outcome_view(hold.item).settling is None
    GateHold.objects.filter(pk=hold.pk).update(state="withdrawn")
    assert outcome_view(hold.item).settling == hold.decision


def test_an_undo_withdraws_the_hold_and_a_new_decision_is_held_anew():
    process = scenes.gated("{risks: [low]}")
    operator = factories.make_cast(process).operator
    first = scenes.held(process, operator)
    undone = decisions.undo(decision_id=first.decision_id, actor=operator)
    first.refresh_from_db()
    assert first.state == "withdrawn"
    assert Effect.objects.get().state == "cancelled"
    again = decisions.decide(task_id=undone.task_id, actor=operator, verdict="accept").decision
    assert again.gate_hold.state == "waiting"
    assert Entry.objects.filter(kind="gate.withdrawn").count() == 1


def test_an_amendment_withdraws_the_hold_and_is_held_itself():
    process = scenes.gated("{risks: [low]}")
    cast = factories.make_cast(process)
    first = scenes.held(process, cast.operator)
    amended = decisions.amend(
        decision_id=first.decision_id,
        actor=cast.lead,
        verdict="correct",
        output={"category": "other"},
    ).decision
    first.refresh_from_db()
    assert (first.state, amended.gate_hold.state) == ("withdrawn", "waiting")
    assert [one.is_held for one in Effect.objects.filter(state="scheduled")] == [True]


def test_a_contract_without_a_gate_costs_no_statement_more():
    plain = factories.make_process("plain")
    gated = scenes.gated("{risks: [high]}", slug="gated")
    counts = []
    for process in (plain, gated):
        operator = factories.make_person(f"op-{process.pk}", process, factories.Role.OPERATOR)
        task = factories.make_claimed_task(process, operator)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            decisions.decide(task_id=task.pk, actor=operator, verdict="accept")
        counts.append([one["sql"] for one in captured if "gatehold" in one["sql"]])
    assert counts == [[], []]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"state": "released"}, "hold_answered_by_somebody"),
        ({"state": "refused"}, "hold_answered_by_somebody"),
        ({"state": "passed"}, "does not go from waiting to passed"),
        ({"state": "checking"}, "does not go from waiting to checking"),
        ({"reasons": []}, "do not change"),
    ],
)
def test_the_database_keeps_a_holds_rules(changes, why):
    process = scenes.gated("{risks: [low]}")
    scenes.held(process, factories.make_cast(process).operator)
    with pytest.raises(Error, match=why), transaction.atomic():
        GateHold.objects.update(**changes)


def test_an_open_hold_is_not_deleted_and_none_begins_answered():
    process = scenes.gated("{risks: [low]}")
    hold = scenes.held(process, factories.make_cast(process).operator)
    with pytest.raises(Error, match="answered, not deleted"), transaction.atomic():
        GateHold.objects.all().delete()
    hold.pk, hold.state = None, "released"
    with pytest.raises(Error, match="begins unanswered"), transaction.atomic():
        hold.save(force_insert=True)
