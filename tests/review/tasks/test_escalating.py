"""The escalation path: each step once, in time, and nobody's work torn away."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from governance.models import Entry
from review.models import Notice, Task
from review.tasks import escalating, jobs
from review.tasks import operations as tasks
from review.tasks.escalating import escalate_due
from tests import factories

pytestmark = pytest.mark.django_db

PATH = """
escalation:
  - {{after_seconds: 3600, priority: 20, notify: [team_lead]}}
  - {{before_due_seconds: 3600, to: escalation, notify: [team_lead, operator]}}
"""


@pytest.fixture
def process(db):
    return factories.make_process(contract=factories.CONTRACT + PATH)


def pass_time(task, **span):
    """As if the task had stood there for so long."""
    back = timedelta(**span)
    task.refresh_from_db()
    Task.objects.filter(pk=task.pk).update(
        opened_at=task.opened_at - back,
        due_at=task.due_at - back,
        escalate_at=task.escalate_at - back if task.escalate_at else None,
    )
    task.refresh_from_db()


def steps(task):
    found = Entry.objects.filter(item=task.item_id, kind="task.escalated_by_time").order_by("id")
    return [one.data for one in found]


def test_nothing_happens_before_its_time(process):
    task = factories.make_task(process)
    pass_time(task, minutes=59)
    assert escalate_due() == 0
    assert steps(task) == []


def test_each_step_is_taken_once_however_often_one_looks(process, cast):
    lead = cast.lead
    task = factories.make_task(process)
    before = task.order_at
    pass_time(task, minutes=61)
    jobs.escalate()
    jobs.escalate()
    task.refresh_from_db()
    assert [one["step"] for one in steps(task)] == [1]
    assert task.priority == 70
    assert task.order_at < before
    assert task.queue.name == "desk"
    assert Notice.objects.filter(person=lead, kind="escalated").count() == 1

    pass_time(task, hours=22)
    jobs.escalate()
    jobs.escalate()
    task.refresh_from_db()
    assert [one["step"] for one in steps(task)] == [1, 2]
    assert (task.queue.name, task.is_escalated, task.state) == ("senior", True, "open")
    assert task.escalate_at is None
    assert Notice.objects.filter(person=lead, kind="escalated").count() == 2


def test_a_claimed_task_is_flagged_and_moves_when_it_is_given_up(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    pass_time(task, hours=23, minutes=30)
    jobs.escalate()
    task.refresh_from_db()
    assert (task.state, task.claimed_by, task.queue.name) == ("claimed", cast.operator, "desk")
    assert task.is_escalated
    told = Notice.objects.filter(person=cast.operator, kind="escalated")
    assert {one.task_id for one in told} == {task.pk}
    tasks.heartbeat(task_id=task.pk, actor=cast.operator)  # still theirs
    tasks.release(task_id=task.pk, actor=cast.operator)
    task.refresh_from_db()
    assert (task.state, task.queue.name, task.next_queue) == ("open", "senior", None)


def test_a_late_look_takes_all_steps_that_are_due(process):
    task = factories.make_task(process)
    pass_time(task, days=2)
    while escalate_due():
        pass
    assert [one["step"] for one in steps(task)] == [1, 2]


def test_a_compliance_gate_never_goes_to_people_who_may_not_pass_it(process):
    item = factories.propose(factories.make_item(process), {"category": "meter"})
    task = item.tasks.get(kind="compliance")
    pass_time(task, days=2)
    while escalate_due():
        pass
    task.refresh_from_db()
    assert (task.queue.name, task.is_escalated, task.next_queue) == ("compliance", False, None)
    assert task.priority == 70


def test_decided_tasks_escalate_no_more(process, cast):
    decision = factories.make_decision(process, cast.operator)
    Task.objects.filter(pk=decision.task_id).update(escalate_at=timezone.now() - timedelta(hours=1))
    assert escalate_due() == 0


def test_a_step_and_its_entry_are_one_transaction(process, monkeypatch):
    task = factories.make_task(process)
    pass_time(task, minutes=61)
    monkeypatch.setattr("review.tasks.escalating.append_many", lambda events: 1 / 0)
    with transaction.atomic():
        escalate_due()
    task.refresh_from_db()
    assert (task.escalation_step, task.priority) == (0, 50)
    assert not Notice.objects.exists()


def test_a_task_that_cannot_be_moved_stops_no_other(process, monkeypatch):
    broken, sound = factories.make_task(process), factories.make_task(process)
    for task in (broken, sound):
        pass_time(task, minutes=61)
    advance = escalating._advance

    def stumble(task, now):
        if task.pk == broken.pk:
            raise ZeroDivisionError
        return advance(task, now)

    monkeypatch.setattr(escalating, "_advance", stumble)
    escalate_due()
    for task in (broken, sound):
        task.refresh_from_db()
    assert (broken.escalation_step, sound.escalation_step) == (0, 1)
    assert broken.escalate_at > timezone.now()  # tried again, but not at once


def test_the_path_counts_working_time_where_there_is_a_calendar(db):
    calendar = """
calendar:
  time_zone: Europe/Berlin
  working_hours: {{monday: ["08:00", "09:00"]}}
"""
    process = factories.make_process(contract=factories.CONTRACT + calendar + PATH)
    task = factories.make_task(process)
    assert task.escalate_at.weekday() == 0  # an hour of work is Monday's hour
    assert (task.escalate_at - task.opened_at) > timedelta(hours=1)
    assert (task.due_at - task.opened_at) > timedelta(weeks=22)  # 24 hours of such weeks


def test_no_row_is_waited_for():
    with connection.execute_wrapper(_no_waiting):
        escalate_due()


def _no_waiting(execute, sql, params, many, context):
    assert "FOR UPDATE" not in sql or "SKIP LOCKED" in sql
    return execute(sql, params, many, context)
