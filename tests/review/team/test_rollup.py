"""What the ledger tells, added up once."""

import pytest

from governance.ledger.sequencing import sequence
from review.decisions import operations as decisions
from review.models import Cursor, Effect, PersonDay, QueueHour, Task
from review.tasks import operations as tasks
from review.team import rollup
from tests import factories

pytestmark = pytest.mark.django_db


def add_up():
    sequence()
    while rollup.follow():
        pass


def day_of(person):
    return PersonDay.objects.get(actor=person)


def test_arrivals_and_decisions_are_counted_by_hour_and_person(process, cast):
    factories.make_decision(process, cast.operator)
    factories.make_decision(process, cast.operator, verdict="correct")
    factories.make_decision(process, cast.colleague, verdict="reject")
    factories.make_task(process)
    add_up()
    hour = QueueHour.objects.get(queue__name="desk")
    assert (hour.arrived, hour.decided) == (4, 3)
    assert set(hour.people) == {cast.operator.pk, cast.colleague.pk}
    mine = day_of(cast.operator)
    assert (mine.decided, mine.with_candidate, mine.corrected, mine.rejected) == (2, 2, 1, 0)
    assert day_of(cast.colleague).rejected == 1


def test_what_is_handed_to_a_role_arrives_there_and_what_a_colleague_gets_does_not(process, cast):
    kept = factories.make_claimed_task(process, cast.operator)
    tasks.hand_over(task_id=kept.pk, actor=cast.operator, to=cast.colleague, note="Yours.")
    passed = factories.make_claimed_task(process, cast.operator)
    tasks.hand_over(task_id=passed.pk, actor=cast.operator, role="senior_reviewer", note="Look.")
    add_up()
    arrived = dict(QueueHour.objects.values_list("queue__name", "arrived"))
    assert arrived == {"desk": 2, "senior": 1}


def test_adding_up_twice_counts_once(process, cast):
    factories.make_decision(process, cast.operator)
    add_up()
    add_up()
    factories.make_decision(process, cast.operator)
    add_up()
    assert day_of(cast.operator).decided == 2
    assert QueueHour.objects.get().decided == 2


def test_whoever_finds_the_place_taken_adds_nothing(process, cast, monkeypatch):
    factories.make_decision(process, cast.operator)
    sequence()
    monkeypatch.setattr(
        rollup.following, "lock_ahead", lambda *a: rollup.following.Stretch("team", 0, 0, ())
    )
    assert rollup.follow() == 0
    assert not PersonDay.objects.exists()


def test_handle_time_is_that_of_the_page_and_the_heartbeats(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    tasks.heartbeat(task_id=task.pk, actor=cast.operator, active_seconds=30)
    decisions.decide(task_id=task.pk, actor=cast.operator, verdict="accept", active_seconds=12)
    add_up()
    row = day_of(cast.operator)
    assert (row.timed, row.active_seconds) == (1, 42)
    assert sum(row.handle_bins.values()) == 1


def test_time_at_work_does_not_pass_on_to_the_next_person(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    tasks.heartbeat(task_id=task.pk, actor=cast.operator, active_seconds=500)
    tasks.reassign(task_id=task.pk, to=cast.colleague, actor=cast.lead)
    assert Task.objects.get(pk=task.pk).active_seconds == 0
    tasks.heartbeat(task_id=task.pk, actor=cast.colleague, active_seconds=7)
    tasks.release(task_id=task.pk, actor=cast.colleague)
    assert Task.objects.get(pk=task.pk).active_seconds == 0


def test_an_undo_counts_for_who_decided_and_by_whom_it_was(process, cast):
    other = factories.make_decision(process, cast.colleague)
    mine = factories.make_decision(process, cast.operator)
    decisions.undo(decision_id=mine.pk, actor=cast.operator)
    Effect.objects.filter(decision=other).update(state=Effect.State.DONE)
    decisions.undo(decision_id=other.pk, actor=cast.lead)
    add_up()
    first, second = day_of(cast.operator), day_of(cast.colleague)
    assert (first.undone_by_self, first.undone_by_others, first.undone_after_sending) == (1, 0, 0)
    assert (second.undone_by_self, second.undone_by_others) == (0, 1)
    assert second.undone_after_sending == 1


@pytest.mark.parametrize(("second", "agreed"), [("bill", 1), ("other", 0)])
def test_two_people_on_one_item_are_a_pair_for_both(process, cast, second, agreed):
    item = factories.propose(
        factories.make_item(process, {"text": "x", "channel": "vip"}), {"category": "meter"}
    )
    for person, kind, category in (
        (cast.operator, "compliance", "bill"),
        (cast.senior, "second_review", second),
    ):
        task = item.tasks.filter(kind=kind).first() or item.tasks.get(kind="review")
        Task.objects.filter(pk=task.pk).update(
            state="claimed",
            claimed_by=person,
            claimed_at=item.received_at,
            lease_until=item.received_at,
        )
        decisions.decide(
            task_id=task.pk, actor=person, verdict="correct", output={"category": category}
        )
    add_up()
    for person in (cast.operator, cast.senior):
        assert (day_of(person).pairs, day_of(person).pairs_agreed) == (1, agreed)


def test_a_sample_agrees_or_not_with_the_automatic_acceptance(db):
    process = factories.make_process("auto", stage="full", sample_rate=1.0)
    person = factories.make_person("sampler", process, factories.Role.SENIOR_REVIEWER)
    item = factories.propose(factories.make_item(process), {"category": "bill"}, confidence=0.99)
    task = item.tasks.get(kind="quality")
    factories.claim(task, person)
    decisions.decide(task_id=task.pk, actor=person, verdict="correct", output={"category": "other"})
    add_up()
    row = PersonDay.objects.get(actor=person)
    assert (row.samples, row.samples_agreed) == (1, 0)


def test_automatic_acceptances_are_nobodys_work(db):
    process = factories.make_process("auto", stage="full")
    factories.propose(factories.make_item(process), {"category": "bill"}, confidence=0.99)
    add_up()
    assert not PersonDay.objects.exists()
    assert Cursor.objects.get(pk="team").next_index > 0
