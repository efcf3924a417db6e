"""Undo against the sending of an effect: never sent for good, never taken back unsent."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from django.db import transaction

from review.decisions.operations import amend, decide, undo
from review.effects import operations as effects
from review.effects import sending
from review.models import Decision, Effect, Item
from tests.factories import make_decision
from tests.races.conftest import Desk
from tests.races.together import Beside, kinds, together

pytestmark = pytest.mark.race

REPETITIONS = 25


_tickets = count()


def accept(desk: Desk) -> Decision:
    """Accepted by the operator as a bill; its effect is due at once."""
    return make_decision(desk.process, desk.operator, external_id=f"ticket-{next(_tickets)}")


@pytest.fixture
def decision(desk) -> Decision:
    return accept(desk)


def effect_of(desk: Desk, decision: Decision) -> Effect:
    (effect,) = desk.effects(decision.item_id)
    return effect


def run_all(desk: Desk, decision: Decision) -> None:
    """What the workers do with what is left."""
    while left := desk.effects(decision.item_id, "scheduled"):
        for effect in left:
            effects.run(effect.pk)


def written(desk: Desk, decision: Decision) -> list[str]:
    return desk.written(decision.item.external_id)


def assert_taken_back_or_never_sent(desk: Desk, decision: Decision) -> str:
    """Exactly one of the two; says which."""
    original, *compensations = desk.effects(decision.item_id)
    if original.state == "cancelled":
        assert written(desk, decision) == []
        assert not compensations
        return "cancelled"
    assert [one.state for one in (original, *compensations)] == ["compensated", "done"]
    assert written(desk, decision) == ["bill", "undo"]
    return "compensated"


def test_undo_and_sending_at_once_leave_it_cancelled_or_compensated(desk):
    for _ in range(REPETITIONS):
        decision = accept(desk)
        effect = effect_of(desk, decision)
        undone, ran = together(
            lambda d=decision: undo(decision_id=d.pk, actor=desk.operator),
            lambda e=effect: effects.run(e.pk),
        )
        assert not isinstance(undone, Exception), undone
        assert ran is None
        run_all(desk, decision)
        assert_taken_back_or_never_sent(desk, decision)
        assert Item.objects.get(pk=decision.item_id).state == "waiting"


def test_undo_first_the_waiting_sender_sends_nothing(desk, decision):
    effect = effect_of(desk, decision)
    with transaction.atomic():
        undo(decision_id=decision.pk, actor=desk.operator)
        assert Beside(lambda: effects.run(effect.pk)).outcome() is None
    run_all(desk, decision)
    assert assert_taken_back_or_never_sent(desk, decision) == "cancelled"


class Gate:
    """Stands before a connector: tells that an effect is being sent, and waits to let it go."""

    def __init__(self, connector) -> None:
        self._connector = connector
        self.arrived, self.opened = threading.Event(), threading.Event()

    def apply(self, request):
        self.arrived.set()
        assert self.opened.wait(20)
        return self._connector.apply(request)


@contextmanager
def being_sent(effect, monkeypatch) -> Iterator[None]:
    gate = Gate(sending.connector(effect.connector))
    with monkeypatch.context() as patch:
        patch.setattr(sending, "connector", lambda name: gate)
        beside = Beside(lambda: effects.run(effect.pk))
        assert gate.arrived.wait(20)
        yield
        gate.opened.set()
        assert beside.outcome() is None


def test_undo_while_it_is_being_sent_compensates_once_it_is_done(desk, decision, monkeypatch):
    effect = effect_of(desk, decision)
    with being_sent(effect, monkeypatch):
        undone = undo(decision_id=decision.pk, actor=desk.operator)
        assert [one.what for one in undone.withdrawals] == ["compensating_after_send"]
        assert written(desk, decision) == []
    run_all(desk, decision)
    assert assert_taken_back_or_never_sent(desk, decision) == "compensated"


def test_a_correction_made_while_it_is_being_sent_comes_after_the_compensation(
    desk, decision, monkeypatch
):
    effect = effect_of(desk, decision)
    with being_sent(effect, monkeypatch):
        amend(
            decision_id=decision.pk,
            actor=desk.operator,
            verdict="correct",
            output={"category": "other"},
        )
        for one in desk.effects(
            decision.item_id, "scheduled"
        ):  # an eager worker finds the correction due
            effects.run(one.pk)
    run_all(desk, decision)
    assert written(desk, decision) == ["bill", "undo", "other"]
    assert Item.objects.get(pk=decision.item_id).state == "completed"


def test_a_task_decided_anew_while_the_undone_effect_is_being_sent_keeps_that_order(
    desk, decision, monkeypatch
):
    effect = effect_of(desk, decision)
    with being_sent(effect, monkeypatch):
        reopened = undo(decision_id=decision.pk, actor=desk.operator).task_id
        assert reopened is not None
        again = {"verdict": "correct", "output": {"category": "other"}}
        decide(task_id=reopened, actor=desk.operator, **again)
    run_all(desk, decision)
    assert written(desk, decision) == ["bill", "undo", "other"]


class Counting:
    """Stands before a connector and counts what is sent."""

    def __init__(self, connector) -> None:
        self._connector = connector
        self.seen: Counter[str] = Counter()

    def apply(self, request):
        self.seen[request.idempotency_key] += 1
        return self._connector.apply(request)


def test_workers_with_the_same_hint_send_once(desk, monkeypatch):
    counting = Counting(sending.connector("file"))
    monkeypatch.setattr(sending, "connector", lambda name: counting)
    for _ in range(REPETITIONS):
        decision = accept(desk)
        effect = effect_of(desk, decision)
        together(*[lambda e=effect: effects.run(e.pk)] * 4)
        assert counting.seen[str(effect.pk)] == 1
        assert written(desk, decision) == ["bill"]


def test_undone_by_several_at_once_it_is_compensated_once(desk):
    for _ in range(REPETITIONS):
        decision = accept(desk)
        run_all(desk, decision)
        outcomes = together(*[lambda d=decision: undo(decision_id=d.pk, actor=desk.operator)] * 3)
        assert kinds(outcomes) == ["Conflict", "Conflict", "Undone"]
        run_all(desk, decision)
        assert written(desk, decision) == ["bill", "undo"]
