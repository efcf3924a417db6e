"""Two people, one task: one wins, the other is told so and keeps what they typed."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from governance.errors import Conflict
from governance.models import Entry
from review.decisions.operations import Decided, amend, decide, undo
from review.models import Decision, Draft, Task
from review.tasks.operations import ClaimLost, free_expired, reassign, save_draft
from tests.factories import claim, make_claimed_task, make_item, propose
from tests.races.together import Beside, kinds, together

pytestmark = pytest.mark.race

REPETITIONS = 15


@pytest.fixture
def task(desk) -> Task:
    """Claimed by the operator."""
    return make_claimed_task(desk.process, desk.operator)


def correct(task: Task, actor, category: str) -> Decided:
    output = {"category": category}
    return decide(task_id=task.pk, actor=actor, verdict="correct", output=output, reason="typed")


def expire(task: Task) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Task.objects.filter(pk=task.pk).update(lease_until=past)


def assert_decided_once_by(actor, task: Task) -> None:
    decision = Decision.objects.get(task=task)
    assert decision.actor_id == actor.pk
    assert decision.item.effects.count() == 1
    assert Entry.objects.filter(item=task.item_id, kind="decision.made").count() == 1


def assert_kept_as_draft(task: Task, actor, category: str) -> None:
    assert Draft.objects.get(task=task, actor=actor).output == {"category": category}


def test_after_a_reassignment_the_new_holder_decides_and_the_old_one_keeps_a_draft(desk, task):
    reassign(task_id=task.pk, to=desk.colleague, actor=desk.lead)
    old, new = together(
        lambda: correct(task, desk.operator, "meter"),
        lambda: correct(task, desk.colleague, "other"),
    )
    assert isinstance(old, ClaimLost)
    assert isinstance(new, Decided)
    assert_decided_once_by(desk.colleague, task)
    assert_kept_as_draft(task, desk.operator, "meter")


def test_the_draft_of_who_came_too_late_outlives_the_winners_decision(desk, task):
    """The other order of the race above: told first, then decided by the other."""
    reassign(task_id=task.pk, to=desk.colleague, actor=desk.lead)
    with pytest.raises(ClaimLost):
        correct(task, desk.operator, "meter")
    save_draft(task_id=task.pk, actor=desk.colleague, output={})
    correct(task, desk.colleague, "other")
    assert_kept_as_draft(task, desk.operator, "meter")
    assert not Draft.objects.filter(task=task, actor=desk.colleague).exists()


def test_deciding_and_reassigning_at_once_one_of_them_wins(desk):
    for _ in range(REPETITIONS):
        task = make_claimed_task(desk.process, desk.operator)
        decided, given = together(
            lambda t=task: correct(t, desk.operator, "other"),
            lambda t=task: reassign(task_id=t.pk, to=desk.colleague, actor=desk.lead),
        )
        task.refresh_from_db()
        if isinstance(decided, Decided):
            assert isinstance(given, Conflict)
            assert_decided_once_by(desk.operator, task)
        else:
            assert isinstance(decided, ClaimLost)
            assert isinstance(given, Task)
            assert task.claimed_by_id == desk.colleague.pk
            assert not Decision.objects.filter(task=task).exists()
            assert_kept_as_draft(task, desk.operator, "other")


def test_deciding_and_the_lease_running_out_at_once_one_of_them_wins(desk):
    for _ in range(REPETITIONS):
        task = make_claimed_task(desk.process, desk.operator)
        expire(task)
        decided, freed = together(lambda t=task: correct(t, desk.operator, "other"), free_expired)
        task.refresh_from_db()
        if isinstance(decided, Decided):
            assert freed == 0
            assert_decided_once_by(desk.operator, task)
        else:
            assert isinstance(decided, ClaimLost)
            assert freed == 1
            assert task.state == Task.State.OPEN
            assert_kept_as_draft(task, desk.operator, "other")
            claim(task, desk.colleague)  # out of the next one's way


def test_the_sweeper_passes_by_a_task_that_is_being_decided(desk, task):
    expire(task)
    with transaction.atomic():
        correct(task, desk.operator, "other")
        assert Beside(free_expired).outcome() == 0
    assert_decided_once_by(desk.operator, task)


def test_the_same_decision_sent_twice_at_once_counts_once(desk):
    for _ in range(REPETITIONS):
        task = make_claimed_task(desk.process, desk.operator)
        outcomes = together(*[lambda t=task: correct(t, desk.operator, "other")] * 4)
        assert kinds(outcomes) == ["ClaimLost"] * 3 + ["Decided"]
        assert_decided_once_by(desk.operator, task)


def test_undoing_ones_amendment_of_anothers_slot_gives_that_slot_back_to_its_queue(desk):
    """Found by the storm, where the amender got the slot, and with it a second one of the item."""
    item = propose(make_item(desk.process, {"text": "Look twice.", "channel": "vip"}))
    first = claim(desk.queue("desk"), desk.operator)
    second = claim(desk.queue("senior"), desk.colleague)
    for task in (first, second):
        decide(task_id=task.pk, actor=task.claimed_by, verdict="accept")
    settling = Decision.objects.get(item=item, settles=True)
    amended = amend(
        decision_id=settling.pk,
        actor=desk.lead,
        verdict="correct",
        output={"category": "other"},
    )
    undone = undo(decision_id=amended.decision.pk, actor=desk.lead)
    second.refresh_from_db()
    assert undone.task_id == second.pk
    assert second.state == Task.State.OPEN
