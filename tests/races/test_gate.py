"""Answers before the gate against undo, against one another, and against the senders: one wins."""

from itertools import count

import pytest

from governance.errors import Conflict
from governance.models import User
from governance.policies.models import PolicyVersion
from governance.roles.roles import Role
from review.decisions.operations import undo
from review.effects import operations as effects
from review.gate import answering, checking
from review.gate.answering import Citation
from review.gate.models import GateHold
from review.models import Item, Task
from tests import factories
from tests.races.conftest import Desk
from tests.races.together import together
from tests.review.gate import scenes

pytestmark = pytest.mark.race

REPETITIONS = 12
_numbers = count()


@pytest.fixture
def gated(race, tmp_path) -> Desk:
    """A desk whose outputs are all held, with effects due as soon as they are let go."""
    slug = f"gate-{next(_numbers)}"
    process = scenes.gated("{risks: [low]}", slug=slug, undo_window=0)
    return Desk(
        process=process,
        operator=factories.make_person(f"{slug}-operator", process, Role.OPERATOR),
        colleague=factories.make_person(f"{slug}-officer", process, Role.COMPLIANCE_OFFICER),
        lead=factories.make_person(f"{slug}-second", process, Role.COMPLIANCE_OFFICER),
        file=tmp_path / "tickets.jsonl",
    )


@pytest.fixture
def policy(gated) -> PolicyVersion:
    return scenes.policy_in_force(gated.process, slug=gated.process.pk)


def held(desk: Desk) -> GateHold:
    return scenes.held(desk.process, desk.operator, external_id=f"held-{next(_numbers)}")


def release(hold: GateHold, officer: User):
    return lambda: answering.release(hold_id=hold.pk, actor=officer)


def refuse(hold: GateHold, officer: User, policy: PolicyVersion):
    given = {"hold_id": hold.pk, "actor": officer, "comment": "No."}
    return lambda: answering.refuse(citation=Citation(policy), **given)


def send_all(desk: Desk, hold: GateHold) -> list[str]:
    """What the other system has got once the workers have done what is left."""
    while left := desk.effects(hold.item_id, "scheduled"):
        before = [one.attempts for one in left]
        for effect in left:
            effects.run(effect.pk)
        if [one.attempts for one in desk.effects(hold.item_id, "scheduled")] == before:
            break
    return desk.written(hold.item.external_id)


def test_a_release_and_an_undo_at_once_send_nothing_that_stays(gated):
    for _ in range(REPETITIONS):
        hold = held(gated)
        released, undone = together(
            release(hold, gated.colleague),
            lambda h=hold: undo(decision_id=h.decision_id, actor=gated.operator),
        )
        assert not isinstance(undone, Exception), undone
        sent = send_all(gated, hold)
        hold.refresh_from_db()
        if isinstance(released, Exception):
            assert isinstance(released, Conflict)
            assert (hold.state, sent) == ("withdrawn", [])
        else:
            assert hold.state == "released"
            assert sent in ([], ["bill", "undo"])
        assert Item.objects.get(pk=hold.item_id).state == "waiting"


def test_of_a_release_and_a_refusal_at_once_exactly_one_counts(gated, policy):
    for _ in range(REPETITIONS):
        hold = held(gated)
        outcomes = together(release(hold, gated.colleague), refuse(hold, gated.lead, policy))
        lost = [one for one in outcomes if isinstance(one, Exception)]
        assert len(lost) == 1
        assert isinstance(lost[0], Conflict)
        sent = send_all(gated, hold)
        hold.refresh_from_db()
        if hold.state == "released":
            assert sent == ["bill"]
        else:
            assert (hold.state, sent) == ("refused", [])
            reopened = Task.objects.filter(item=hold.item_id, state="open")
            assert reopened.update(state="cancelled") == 1  # out of the next round's way


def test_of_two_who_release_at_once_one_is_told_that_it_was_done(gated):
    for _ in range(REPETITIONS):
        hold = held(gated)
        outcomes = together(release(hold, gated.colleague), release(hold, gated.lead))
        assert sorted(isinstance(one, Conflict) for one in outcomes) == [False, True]
        assert send_all(gated, hold) == ["bill"]


def test_senders_that_race_the_release_send_once_and_never_before(gated):
    for _ in range(REPETITIONS):
        hold = held(gated)
        (effect,) = gated.effects(hold.item_id)
        effects.run(effect.pk)
        assert gated.written(hold.item.external_id) == []
        together(
            release(hold, gated.colleague),
            lambda e=effect: effects.run(e.pk),
            lambda e=effect: effects.run(e.pk),
        )
        assert send_all(gated, hold) == ["bill"]


def test_checks_that_race_an_undo_let_nothing_go(race, tmp_path, settings):
    settings.GATE_CALLABLES = ("tests.review.gate.scenes:passes",)
    slug = f"gate-{next(_numbers)}"
    gate = "{checks: [{name: own, callable: 'tests.review.gate.scenes:passes', message: No.}]}"
    process = scenes.gated(gate, slug=slug, undo_window=0)
    operator = factories.make_person(f"{slug}-operator", process, Role.OPERATOR)
    for _ in range(REPETITIONS):
        hold = scenes.held(process, operator)
        checked, undone = together(
            lambda h=hold: checking.check(h.pk),
            lambda h=hold: undo(decision_id=h.decision_id, actor=operator),
        )
        assert checked is None
        assert not isinstance(undone, Exception), undone
        hold.refresh_from_db()
        assert hold.state in ("passed", "withdrawn")
        assert all(one.state == "cancelled" for one in hold.item.effects.all())
