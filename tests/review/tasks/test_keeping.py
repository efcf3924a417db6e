"""Holding a task for later: for a reason, counted, and not for ever."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.errors import Conflict, InvalidInput
from governance.models import Entry
from review.console.queries import held_in
from review.models import Hold, Queue, Task
from review.tasks import operations as tasks
from review.tasks.operations import ClaimLost
from review.tasks.queries import kept_for_later
from tests import factories

pytestmark = pytest.mark.django_db

HOUR = 3600
WHY = "Waiting for Mr Example's answer."


def hold(task, actor, seconds=HOUR):
    return tasks.hold(task_id=task.pk, actor=actor, seconds=seconds, reason=WHY)


def earlier(one, **span):
    """As if the hold had been made so long ago."""
    back = timedelta(**span)
    Hold.objects.filter(pk=one.pk).update(at=one.at - back, until=one.until - back)
    Task.objects.filter(pk=one.task_id).update(lease_until=one.until - back)


def test_a_held_task_stays_with_its_person_and_is_put_by(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    made = hold(task, cast.operator)
    assert tasks.free_expired() == 0
    task.refresh_from_db()
    assert (task.claimed_by, task.lease_until) == (cast.operator, made.until)
    assert kept_for_later([task])[task.pk].reason == WHY
    assert held_in(task.queue, cast.operator) is None  # the next one is offered instead
    data = Entry.objects.get(item=task.item_id, kind="task.held").data
    assert data["times"] == 1
    assert WHY not in str(data)


def test_taken_up_again_the_usual_lease_counts(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    hold(task, cast.operator)
    tasks.take_up(task_id=task.pk, actor=cast.operator)
    task.refresh_from_db()
    assert task.lease_until < timezone.now() + timedelta(seconds=task.queue.lease_seconds + 1)
    assert kept_for_later([task]) == {}
    assert held_in(task.queue, cast.operator) == task.pk


def test_what_a_person_holds_adds_up_to_the_queues_limit(process, cast):
    Queue.objects.update(hold_seconds=2 * HOUR)
    task = factories.make_claimed_task(process, cast.operator)
    earlier(hold(task, cast.operator), minutes=50)  # and taken up fifty minutes later
    tasks.take_up(task_id=task.pk, actor=cast.operator)
    with pytest.raises(InvalidInput) as caught:
        hold(task, cast.operator, seconds=2 * HOUR)
    assert "69 minutes" in str(caught.value) or "70 minutes" in str(caught.value)
    earlier(hold(task, cast.operator, seconds=69 * 60 + 30), minutes=70)
    with pytest.raises(Conflict):
        hold(task, cast.operator, seconds=120)
    assert [e.data["times"] for e in Entry.objects.filter(kind="task.held").order_by("id")] == [
        1,
        2,
    ]


def test_after_its_time_it_goes_back_to_the_queue(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    earlier(hold(task, cast.operator), hours=2)
    assert tasks.free_expired() == 1
    task.refresh_from_db()
    assert (task.state, kept_for_later([task])) == ("open", {})
    with pytest.raises(ClaimLost):
        tasks.take_up(task_id=task.pk, actor=cast.operator)


def test_a_queue_may_allow_no_holding(process, cast):
    Queue.objects.update(hold_seconds=0)
    task = factories.make_claimed_task(process, cast.operator)
    with pytest.raises(Conflict):
        hold(task, cast.operator)


@pytest.mark.parametrize(("seconds", "reason"), [(59, WHY), (4 * HOUR + 60, WHY), (HOUR, " ")])
def test_a_time_out_of_range_or_no_reason_is_refused(process, cast, seconds, reason):
    task = factories.make_claimed_task(process, cast.operator)
    with pytest.raises(InvalidInput):
        tasks.hold(task_id=task.pk, actor=cast.operator, seconds=seconds, reason=reason)
    assert not Hold.objects.exists()


def test_only_the_holder_holds(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    with pytest.raises(ClaimLost):
        hold(task, cast.colleague)


def test_a_heartbeat_never_shortens_a_hold(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    made = hold(task, cast.operator)
    assert tasks.heartbeat(task_id=task.pk, actor=cast.operator).lease_until == made.until


def test_another_person_may_hold_after_a_hold_that_was_lost(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    earlier(hold(task, cast.operator), hours=2)
    tasks.free_expired()
    again = factories.claim(task.queue, cast.colleague)
    hold(again, cast.colleague)
    assert kept_for_later([again])[task.pk].actor == cast.colleague


def test_a_lead_sees_what_is_held_and_why(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    browser = Client()
    browser.force_login(cast.lead)
    assert "held for later" not in browser.get(reverse("team")).content.decode()
    hold(task, cast.operator)
    page = browser.get(reverse("team")).content.decode()
    assert "held for later" in page
    assert "Waiting for Mr Example&#x27;s answer." in page
