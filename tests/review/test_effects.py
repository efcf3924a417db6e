"""Effects that fail, are retried, given up, taken over by a person."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.errors import Conflict, InvalidInput
from governance.identifiers import uuid7
from governance.models import Entry
from governance.privacy.redact import commitment
from integrations.connectors.base import EffectResult
from integrations.errors import PermanentError, TransientError
from review.decisions import operations as decisions
from review.effects import operations as effects
from review.effects import sending
from review.models import Effect, Item
from tests import factories

pytestmark = pytest.mark.django_db


class Receiver:
    """A connector that answers as told and remembers what it was asked."""

    def __init__(self):
        self.answers = []
        self.seen = []

    def apply(self, request):
        self.seen.append((request.idempotency_key, request.attempt, dict(request.body)))
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


def run(effect):
    Effect.objects.filter(pk=effect.pk).update(due_at="2020-01-01T00:00Z")
    effects.run(effect.pk)
    effect.refresh_from_db()
    return effect


def test_every_attempt_carries_the_same_idempotency_key(effect, receiver):
    receiver.answers = [TransientError("503"), TransientError("503")]
    for _ in range(3):
        run(effect)
    assert [key for key, _, _ in receiver.seen] == [str(effect.pk)] * 3
    assert [attempt for _, attempt, _ in receiver.seen] == [1, 2, 3]
    assert effect.state == "done"


def test_running_what_is_done_sends_nothing(effect, receiver):
    run(effect)
    run(effect)
    assert len(receiver.seen) == 1


def test_a_transient_failure_backs_off_and_doubles(effect, receiver):
    receiver.answers = [TransientError("503"), TransientError("503", retry_after_seconds=40)]
    before = timezone.now()
    first = run(effect)
    assert first.state == "scheduled"
    assert 1 <= (first.due_at - before).total_seconds() <= 2
    before = timezone.now()
    second = run(effect)
    assert 39 <= (second.due_at - before).total_seconds() <= 41


def test_a_permanent_failure_waits_for_a_person(effect, receiver):
    receiver.answers = [PermanentError("400 from the ticket system")]
    failed = run(effect)
    assert (failed.state, failed.attempts) == ("failed", 1)
    assert failed.error == "400 from the ticket system"
    assert Item.objects.get(pk=effect.item_id).state == "decided"  # never shown as completed
    effects.retry(effect_id=effect.pk, actor="user:x")
    run(effect)
    assert effect.state == "done"
    assert Item.objects.get(pk=effect.item_id).state == "completed"


def test_retries_end_and_only_what_failed_can_be_retried(effect, receiver):
    with pytest.raises(Conflict):
        effects.retry(effect_id=effect.pk, actor="user:x")
    receiver.answers = [TransientError("503")] * 3
    for _ in range(3):
        run(effect)
    assert (effect.state, effect.attempts) == ("failed", 3)


def test_a_fault_of_ours_is_retried_and_then_shown(effect, receiver):
    receiver.answers = [RuntimeError("boom")] * 3
    for _ in range(3):
        run(effect)
    assert effect.state == "failed"
    assert "boom" not in effect.error


def test_a_worker_whose_lease_ran_out_writes_nothing(effect, receiver):
    """The slow worker's answer comes after another has taken the effect over."""
    Effect.objects.update(due_at="2020-01-01T00:00Z")
    slow = effects._lease(effect.pk)
    Effect.objects.update(lease_until="2020-01-01T00:00Z")
    other = effects._lease(effect.pk)
    assert (slow.attempts, other.attempts) == (1, 2)
    effects._finish(slow, sending.Failure("late", is_permanent=True))
    effect.refresh_from_db()
    assert effect.state == "running"
    effects._finish(other, sending.Outcome({}))
    effect.refresh_from_db()
    assert effect.state == "done"


def test_undo_while_it_is_being_sent_compensates_afterwards(effect, receiver, cast):
    Effect.objects.update(due_at="2020-01-01T00:00Z")
    leased = effects._lease(effect.pk)
    undone = decisions.undo(decision_id=effect.decision_id, actor=cast.operator)
    assert [w.what for w in undone.withdrawals] == ["compensating_after_send"]
    effects._finish(leased, sending.Outcome({}))
    compensation = Effect.objects.get(compensates=effect)
    run(compensation)
    effect.refresh_from_db()
    assert (effect.state, compensation.state) == ("compensated", "done")


def test_undo_while_sending_that_then_fails_takes_back_instead_of_sending_again(
    effect, receiver, cast
):
    Effect.objects.update(due_at="2020-01-01T00:00Z")
    leased = effects._lease(effect.pk)
    decisions.undo(decision_id=effect.decision_id, actor=cast.operator)
    effects._finish(leased, sending.Failure("timed out", is_permanent=False))
    effect.refresh_from_db()
    assert effect.state == "cancelled"
    assert Effect.objects.get(compensates=effect).state == "scheduled"


def test_the_database_refuses_a_second_compensation(effect, receiver, cast):
    run(effect)
    decisions.undo(decision_id=effect.decision_id, actor=cast.operator)
    with pytest.raises(IntegrityError), transaction.atomic():
        Effect.objects.create(
            item_id=effect.item_id,
            decision_id=effect.decision_id,
            name="x",
            connector="file",
            target={},
            body={},
            compensates=effect,
            due_at=effect.due_at,
            hint_at=effect.due_at,
        )


def test_the_sweeper_finds_due_and_abandoned_effects_once(effect, receiver):
    assert effects.due_effects() == []
    Effect.objects.update(due_at="2020-01-01T00:00Z", hint_at="2020-01-01T00:00Z")
    assert effects.due_effects() == [effect.pk]
    assert effects.due_effects() == []  # hinted again later, not each time
    leased = effects._lease(effect.pk)
    assert leased is not None
    Effect.objects.update(lease_until="2020-01-01T00:00Z", hint_at="2020-01-01T00:00Z")
    assert effects.due_effects() == [effect.pk]
    effects.run(effect.pk)
    effect.refresh_from_db()
    assert (effect.state, effect.attempts) == ("done", 2)


# --- giving up ------------------------------------------------------------------------------


REASON = "The ticket was closed by telephone."


def give_up(effect):
    written_off = effects.write_off(effect_id=effect.pk, actor="user:x", reason=REASON)
    effect.refresh_from_db()
    return written_off


def test_an_effect_that_was_settled_by_hand_lets_its_item_end(effect, receiver):
    receiver.answers = [PermanentError("400 from the ticket system")]
    run(effect)
    assert give_up(effect).pk == effect.pk
    assert (effect.state, effect.result) == (
        "cancelled",
        {"written_off": True, "reason": REASON},
    )
    assert effect.error == "400 from the ticket system"
    item = Item.objects.get(pk=effect.item_id)
    assert item.state == "completed"
    entry = Entry.objects.get(kind="effect.written_off")
    assert entry.actor == "user:x"
    assert entry.data["reason"] == commitment(REASON, bytes(item.salt))
    assert REASON not in str(entry.data)
    assert Entry.objects.filter(kind="item.completed").count() == 1


def test_what_waited_for_an_effect_that_is_given_up_is_sent(
    effect, receiver, cast, monkeypatch, django_capture_on_commit_callbacks
):
    """The correction of a correction stands behind the compensation that failed."""
    run(effect)
    decisions.amend(
        decision_id=effect.decision_id,
        actor=cast.operator,
        verdict="correct",
        output={"category": "other"},
    )
    reversal = Effect.objects.get(compensates=effect)
    correction = Effect.objects.get(compensates=None, decision__verdict="correct")
    receiver.answers = [PermanentError("410")]
    assert run(reversal).state == "failed"
    assert run(correction).state == "scheduled"  # it waits
    hinted = []
    monkeypatch.setattr("review.effects.jobs.run.delay", hinted.append)
    with django_capture_on_commit_callbacks(execute=True):
        give_up(reversal)
    assert reversal.state == "cancelled"
    assert hinted == [str(correction.pk)]
    assert Item.objects.get(pk=effect.item_id).state == "decided"  # the correction is to be sent
    assert run(correction).state == "done"
    assert Item.objects.get(pk=effect.item_id).state == "completed"


@pytest.mark.parametrize("state", ["scheduled", "running", "done", "cancelled", "compensated"])
def test_only_what_failed_is_given_up(effect, state):
    Effect.objects.update(state=state)
    with pytest.raises(Conflict, match="nothing to give up"):
        give_up(effect)
    assert not Entry.objects.filter(kind="effect.written_off").exists()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_giving_up_needs_a_reason(effect, reason):
    Effect.objects.update(state=Effect.State.FAILED)
    with pytest.raises(InvalidInput) as caught:
        effects.write_off(effect_id=effect.pk, actor="user:x", reason=reason)
    assert list(caught.value.errors) == ["reason"]
    effect.refresh_from_db()
    assert effect.state == "failed"


def test_an_item_ends_only_when_nothing_else_is_stuck(effect, receiver, cast):
    Effect.objects.update(state=Effect.State.FAILED)
    effect.refresh_from_db()
    other = Effect.objects.get(pk=effect.pk)
    other.pk, other.name = uuid7(), "another"
    other.save(force_insert=True)
    give_up(effect)
    assert Item.objects.get(pk=effect.item_id).state == "decided"
    give_up(other)
    assert Item.objects.get(pk=effect.item_id).state == "completed"
