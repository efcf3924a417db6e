"""Taking back what may have reached another system, what was sampled, and what two people share."""

from datetime import timedelta

import pytest
from django.utils import timezone

from governance.errors import Conflict
from integrations.connectors.base import EffectResult
from integrations.errors import TransientError
from review.decisions import operations as decisions
from review.effects import operations as effects
from review.effects import sending
from review.models import Decision, Effect, Item, Task
from tests import factories

pytestmark = pytest.mark.django_db


class Receiver:
    """A connector that answers as told and remembers the bodies it was sent."""

    def __init__(self):
        self.answers = []
        self.seen = []

    def apply(self, request):
        self.seen.append(dict(request.body))
        answer = self.answers.pop(0) if self.answers else EffectResult("done", {})
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def receiver(monkeypatch):
    receiver = Receiver()
    monkeypatch.setattr(sending, "connector", lambda name: receiver)
    return receiver


@pytest.fixture
def effect(process, cast):
    decision = factories.make_decision(process, cast.operator)
    return Effect.objects.get(decision=decision)


def make_due(effect):
    Effect.objects.filter(pk=effect.pk).update(due_at=timezone.now() - timedelta(seconds=1))


# --- effects --------------------------------------------------------------------------------


def test_what_may_have_arrived_before_its_retry_is_compensated(effect, receiver, cast):
    """A time-out after the work was done looks like any other failed attempt."""
    receiver.answers = [TransientError("The other system did not answer in time.")]
    make_due(effect)
    effects.run(effect.pk)
    effect.refresh_from_db()
    assert (effect.state, effect.attempts) == ("scheduled", 1)
    undone = decisions.undo(decision_id=effect.decision_id, actor=cast.operator)
    assert [one.what for one in undone.withdrawals] == ["compensating"]
    effect.refresh_from_db()
    assert effect.state == "cancelled"
    effects.run(Effect.objects.get(compensates=effect).pk)
    assert [body.get("undo") for body in receiver.seen] == [None, True]


def test_a_withdrawn_effect_whose_worker_vanished_is_not_sent(effect, receiver, cast):
    make_due(effect)
    assert effects._lease(effect.pk) is not None  # and then nothing more is heard of the worker
    undone = decisions.undo(decision_id=effect.decision_id, actor=cast.operator)
    assert [one.what for one in undone.withdrawals] == ["compensating_after_send"]
    Effect.objects.filter(pk=effect.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    effects.run(effect.pk)
    assert receiver.seen == []
    effect.refresh_from_db()
    assert effect.state == "cancelled"
    effects.run(Effect.objects.get(compensates=effect).pk)
    assert [body.get("undo") for body in receiver.seen] == [True]


# --- quality samples ------------------------------------------------------------------------


def test_a_sample_that_agreed_can_be_undone(settings, tmp_path):
    process = factories.make_process("sampled", stage="full", sample_rate=1.0)
    cast = factories.make_cast(process)
    item = factories.propose(factories.make_item(process))
    task = factories.claim(item.tasks.get(), cast.senior)
    decided = decisions.decide(
        task_id=task.pk, actor=cast.senior, verdict="correct", output={"category": "bill"}
    )
    undone = decisions.undo(decision_id=decided.decision.pk, actor=cast.senior)
    assert undone.task_id == task.pk
    assert Task.objects.get(pk=task.pk).state == "claimed"
    assert Item.objects.get(pk=item.pk).state == "decided"  # the automatic acceptance stands
    decisions.decide(
        task_id=task.pk, actor=cast.senior, verdict="correct", output={"category": "other"}
    )
    standing = Decision.objects.get(item=item, settles=True, state="active")
    assert standing.output == {"category": "other"}


# --- four eyes ------------------------------------------------------------------------------


def test_one_of_two_people_cannot_amend_what_both_agreed_on(process, cast):
    item = factories.propose(factories.make_item(process, {"text": "Dear sirs", "channel": "vip"}))
    for kind, actor in (("review", cast.operator), ("second_review", cast.senior)):
        task = factories.claim(item.tasks.get(kind=kind), actor)
        decisions.decide(task_id=task.pk, actor=actor, verdict="accept")
    settling = Decision.objects.get(item=item, settles=True)
    assert settling.actor == cast.senior
    with pytest.raises(Conflict, match="Two people"):
        decisions.amend(
            decision_id=settling.pk,
            actor=cast.senior,
            verdict="correct",
            output={"category": "other"},
        )
    settling.refresh_from_db()
    assert settling.state == "active"
    # The way that keeps both in it: undo, and decide the slot anew.
    decisions.undo(decision_id=settling.pk, actor=cast.senior)
    decisions.decide(
        task_id=settling.task_id,
        actor=cast.senior,
        verdict="correct",
        output={"category": "other"},
    )
    assert Task.objects.get(item=item, kind="adjudication").state == "open"


# --- compliance -----------------------------------------------------------------------------


def test_a_lead_may_undo_but_not_amend_what_a_compliance_officer_decided(process, cast):
    task = factories.make_claimed_task(
        process, cast.compliance_officer, output={"category": "meter"}
    )
    decided = decisions.decide(
        task_id=task.pk, actor=cast.compliance_officer, verdict="reject", reason="Not sound."
    )
    change = {"decision_id": decided.decision.pk, "verdict": "accept"}
    with pytest.raises(Conflict, match="Only compliance officers"):
        decisions.amend(actor=cast.lead, **change)
    amended = decisions.amend(actor=cast.compliance_officer, **change)
    decisions.undo(decision_id=amended.decision.pk, actor=cast.lead)
    task.refresh_from_db()
    assert (task.state, task.queue.role) == ("open", "compliance_officer")
