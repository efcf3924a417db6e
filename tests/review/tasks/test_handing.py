"""Handing a task over: who may get it, what goes along, and who hears of it."""

import pytest

from governance.errors import Conflict, InvalidInput
from governance.models import Entry
from governance.roles.roles import Role
from review.decisions.operations import decide
from review.models import Draft, Handover, Notice, Queue, Task
from review.tasks import operations as tasks
from review.tasks.claims import claim_next
from review.tasks.operations import ClaimLost
from review.tasks.queries import handed_to, held_by
from tests import factories

pytestmark = pytest.mark.django_db

NOTE = "Call Mrs Example on 030 123456 first."


def desk():
    return Queue.objects.get(name="desk")


def held(process, cast, **options):
    return factories.make_claimed_task(process, cast.operator, **options)


def test_a_person_holds_what_was_handed_to_them_with_the_note(process, cast):
    task = held(process, cast)
    tasks.save_draft(task_id=task.pk, actor=cast.operator, output={"category": "other"})
    tasks.hand_over(task_id=task.pk, actor=cast.operator, to=cast.colleague, note=NOTE)
    task.refresh_from_db()
    assert (task.state, task.claimed_by, task.queue) == ("claimed", cast.colleague, desk())
    got = list(held_by(cast.colleague))
    assert handed_to(cast.colleague, got)[task.pk].note == NOTE
    assert Draft.objects.get(task=task, actor=cast.colleague).output == {"category": "other"}
    assert Notice.objects.get(person=cast.colleague).kind == "handed_over"
    decide(task_id=task.pk, actor=cast.colleague, verdict="accept")


def test_the_ledger_holds_the_note_as_a_commitment_alone(process, cast):
    task = held(process, cast)
    tasks.hand_over(task_id=task.pk, actor=cast.operator, to=cast.colleague, note=NOTE)
    data = Entry.objects.get(item=task.item_id, kind="task.handed_over").data
    assert data["to"] == str(cast.colleague.pk)
    assert len(data["note"]) == 64
    assert NOTE not in str(data)


def test_a_person_of_a_higher_queue_gets_it_there(process, cast):
    task = held(process, cast)
    officer = cast.compliance_officer
    tasks.hand_over(task_id=task.pk, actor=cast.operator, to=officer, note=NOTE)
    task.refresh_from_db()
    assert (task.queue.name, task.claimed_by) == ("compliance", officer)


def test_a_role_gets_it_in_its_queue_and_the_giver_is_not_offered_it(process, cast):
    task = held(process, cast)
    senior = cast.senior
    tasks.hand_over(task_id=task.pk, actor=cast.operator, role="senior_reviewer", note=NOTE)
    task.refresh_from_db()
    assert (task.state, task.queue.name, task.claimed_by) == ("open", "senior", None)
    assert Notice.objects.filter(person=senior, kind="handed_over").exists()
    assert claim_next(queue=task.queue, actor_id=cast.operator.pk) is None
    assert claim_next(queue=task.queue, actor_id=senior.pk).task_id == task.pk


def test_nobody_gets_what_asks_for_a_higher_role(process, cast):
    item = factories.propose(factories.make_item(process), {"category": "meter"})
    officer = cast.compliance_officer
    gate = factories.claim(item.tasks.get(), officer)
    for give in ({"to": cast.operator}, {"role": "operator"}, {"role": "senior_reviewer"}):
        with pytest.raises(InvalidInput):
            tasks.hand_over(task_id=gate.pk, actor=officer, note=NOTE, **give)
    gate.refresh_from_db()
    assert (gate.state, gate.claimed_by) == ("claimed", officer)


def test_what_was_escalated_does_not_come_down_again(process, cast):
    task = held(process, cast)
    tasks.escalate(task_id=task.pk, actor=cast.operator, reason="Too hard.")
    task = factories.claim(Queue.objects.get(name="senior"), cast.senior)
    with pytest.raises(InvalidInput):
        tasks.hand_over(task_id=task.pk, actor=cast.senior, to=cast.operator, note=NOTE)


@pytest.mark.parametrize("name", ["outsider", "auditor", "operator"])
def test_it_goes_only_to_others_who_may_decide(process, cast, name):
    task = held(process, cast)
    with pytest.raises(InvalidInput) as caught:
        tasks.hand_over(task_id=task.pk, actor=cast.operator, to=getattr(cast, name), note=NOTE)
    assert "to" in caught.value.errors
    assert not Handover.objects.exists()


@pytest.mark.parametrize("note", ["", "  ", "x" * 501])
def test_a_note_is_needed(process, cast, note):
    task = held(process, cast)
    with pytest.raises(InvalidInput):
        tasks.hand_over(task_id=task.pk, actor=cast.operator, to=cast.colleague, note=note)


def test_who_lost_the_claim_hands_nothing_over(process, cast):
    task = held(process, cast)
    tasks.reassign(task_id=task.pk, to=cast.colleague, actor=cast.lead)
    with pytest.raises(ClaimLost):
        tasks.hand_over(task_id=task.pk, actor=cast.operator, to=cast.senior, note=NOTE)
    task.refresh_from_db()
    assert task.claimed_by == cast.colleague


def test_four_eyes_hold_and_no_draft_goes_along_in_a_round_of_two(process, cast):
    first = held(process, cast, payload={"text": "Hello", "channel": "vip"})
    second = Task.objects.get(item=first.item_id, kind="second_review")
    tasks.save_draft(task_id=first.pk, actor=cast.operator, output={"category": "other"})
    tasks.hand_over(task_id=first.pk, actor=cast.operator, to=cast.lead, note=NOTE)
    assert not Draft.objects.filter(actor=cast.lead).exists()
    claimed = factories.claim(second, cast.senior)
    with pytest.raises(Conflict):
        tasks.hand_over(task_id=claimed.pk, actor=cast.senior, to=cast.lead, note=NOTE)
    claimed.refresh_from_db()
    assert claimed.claimed_by == cast.senior
    assert Handover.objects.count() == 1


def test_no_draft_goes_along_where_the_receiver_judges_unaided(db):
    shadow = factories.make_process("shadow", stage="shadow")
    one, other = (
        factories.make_person(f"shadow-{name}", shadow, Role.OPERATOR) for name in ("one", "other")
    )
    task = factories.make_claimed_task(shadow, one)
    assert task.is_blind
    tasks.save_draft(task_id=task.pk, actor=one, output={"category": "other"})
    tasks.hand_over(task_id=task.pk, actor=one, to=other, note=NOTE)
    assert not Draft.objects.filter(actor=other).exists()


def test_where_values_were_taken_from_goes_along_with_the_draft(process, cast):
    task, evidence = held(process, cast), {"category": {"text": "Bill"}}
    tasks.save_draft(
        task_id=task.pk, actor=cast.operator, output={"category": "Bill"}, evidence=evidence
    )
    tasks.hand_over(task_id=task.pk, actor=cast.operator, to=cast.colleague, note=NOTE)
    assert Draft.objects.get(task=task, actor=cast.colleague).evidence == evidence
