"""Claims, leases and handing back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from governance.errors import Conflict, InvalidInput
from governance.models import Entry
from review.models import PassedOver, Queue, Task
from review.queues import operations as queues
from review.queues.queries import COUNT_CAP, lines
from review.tasks import jobs, sweeping
from review.tasks import operations as tasks
from review.tasks.claims import claim_next
from review.tasks.operations import ClaimLost
from tests import factories

pytestmark = pytest.mark.django_db


def desk():
    return Queue.objects.get(name="desk")


def test_the_next_task_is_the_most_urgent_then_the_first_due(process, cast):
    late = factories.make_task(process)
    soon = factories.make_task(process)
    urgent = factories.make_task(process, priority=90)
    Task.objects.filter(pk=soon.pk).update(order_at=soon.order_at - timedelta(hours=1))
    order = [factories.claim(desk(), cast.operator).pk for _ in range(3)]
    assert order == [urgent.pk, soon.pk, late.pk]


def test_an_empty_queue_gives_nothing(process, cast):
    assert claim_next(queue=desk(), actor_id=cast.operator.pk) is None


def test_a_paused_queue_hands_nothing_out(process, cast):
    factories.make_task(process)
    queue = queues.pause(queue_id=desk().pk, is_paused=True, actor="user:x")
    assert claim_next(queue=queue, actor_id=cast.operator.pk) is None
    with pytest.raises(Conflict):
        queues.pause(queue_id=queue.pk, is_paused=True, actor="user:x")
    queue = queues.pause(queue_id=queue.pk, is_paused=False, actor="user:x")
    assert claim_next(queue=queue, actor_id=cast.operator.pk) is not None


def test_a_released_task_comes_again(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    tasks.release(task_id=task.pk, actor=cast.operator)
    assert factories.claim(desk(), cast.operator).pk == task.pk


def test_a_skipped_task_goes_to_others_only(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    with pytest.raises(InvalidInput):
        tasks.skip(task_id=task.pk, actor=cast.operator, reason="  ")
    tasks.skip(task_id=task.pk, actor=cast.operator, reason="I know the customer.")
    assert claim_next(queue=desk(), actor_id=cast.operator.pk) is None
    assert factories.claim(desk(), cast.colleague).pk == task.pk
    assert PassedOver.objects.get().kind == "skipped"


def pass_over(task, actor, *, ago=0, verb=tasks.skip):
    """Claim a task that is first in its line, and hand it back so many seconds ago."""
    assert factories.claim(task, actor).pk == task.pk
    verb(task_id=task.pk, actor=actor, reason="Not for me.")
    PassedOver.objects.filter(task=task, actor=actor).update(
        at=timezone.now() - timedelta(seconds=ago)
    )


def test_a_task_that_everybody_skipped_is_offered_again_after_an_hour(process, cast):
    task = factories.make_task(process)
    pass_over(task, cast.operator, ago=3601)
    pass_over(task, cast.colleague, ago=3601)
    assert claim_next(queue=desk(), actor_id=cast.operator.pk) is None
    jobs.sweep()
    assert not PassedOver.objects.exists()
    entry = Entry.objects.get(kind="task.offered_again")
    assert (entry.item, entry.actor) == (task.item_id, "system:sweeper")
    assert (entry.data["task"], entry.data["skips"]) == (str(task.pk), 2)
    assert factories.claim(desk(), cast.operator).pk == task.pk


def test_a_fresh_skip_holds(process, cast, settings):
    task = factories.make_task(process)
    pass_over(task, cast.operator, ago=3601)
    pass_over(task, cast.colleague, ago=3500)
    assert tasks.forget_skips() == 1
    assert claim_next(queue=desk(), actor_id=cast.colleague.pk) is None
    assert claim_next(queue=desk(), actor_id=cast.operator.pk) is not None
    settings.SKIP_FORGET_SECONDS = 60
    assert tasks.forget_skips() == 0, "the task is claimed"


def test_skipping_once_more_holds_as_long_as_the_first_time(process, cast):
    task = factories.make_task(process)
    pass_over(task, cast.operator, ago=3601)
    tasks.reassign(task_id=task.pk, to=cast.operator, actor=cast.lead)
    tasks.skip(task_id=task.pk, actor=cast.operator, reason="Still not for me.")
    assert tasks.forget_skips() == 0
    assert PassedOver.objects.get().reason == "Still not for me."


def test_who_escalated_a_task_is_never_offered_it_again(process, cast):
    task = factories.make_task(process)
    pass_over(task, cast.operator, ago=90_000, verb=tasks.escalate)
    task.refresh_from_db()
    pass_over(task, cast.senior, ago=3601)
    assert tasks.forget_skips() == 1
    assert [row.kind for row in PassedOver.objects.all()] == ["escalated"]


def test_skips_of_tasks_that_are_not_open_stay(process, cast):
    task = factories.make_task(process)
    pass_over(task, cast.operator, ago=3601)
    claimed = factories.claim(desk(), cast.colleague)
    assert claimed.pk == task.pk
    assert tasks.forget_skips() == 0
    assert PassedOver.objects.count() == 1


def test_skips_are_forgotten_a_batch_at_a_time_from_the_heads_of_the_queues(
    process, cast, monkeypatch
):
    ids = factories.make_backlog(process, 5)
    PassedOver.objects.bulk_create(
        PassedOver(task_id=one, actor=cast.operator, kind="skipped", reason="-") for one in ids
    )
    PassedOver.objects.update(at=timezone.now() - timedelta(hours=2))
    monkeypatch.setattr(sweeping, "HEAD", 4)
    assert [tasks.forget_skips(3) for _ in range(3)] == [3, 1, 0]
    left = PassedOver.objects.get().task
    assert left.due_at == Task.objects.order_by("due_at").last().due_at


def test_an_escalated_task_stands_in_the_senior_queue(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    tasks.escalate(task_id=task.pk, actor=cast.operator, reason="Too odd for me.")
    task.refresh_from_db()
    assert (task.queue.name, task.state, task.is_escalated) == ("senior", "open", True)
    mine = factories.claim(task, cast.senior)
    with pytest.raises(Conflict, match="highest"):
        tasks.escalate(task_id=mine.pk, actor=cast.senior, reason="Higher!")


def test_a_compliance_task_is_not_handed_to_those_who_are_not_compliance_officers(process, cast):
    task = factories.make_claimed_task(
        process, cast.compliance_officer, output={"category": "meter"}
    )
    assert task.kind == "compliance"
    with pytest.raises(Conflict, match="compliance officers"):
        tasks.escalate(task_id=task.pk, actor=cast.compliance_officer, reason="Too odd for me.")
    task.refresh_from_db()
    assert (task.queue.name, task.state) == ("compliance", "claimed")


@pytest.mark.parametrize("verb", ["release", "skip", "escalate", "heartbeat"])
def test_only_the_holder_may(process, cast, verb):
    task = factories.make_claimed_task(process, cast.operator)
    reason = {} if verb in ("release", "heartbeat") else {"reason": "Because."}
    with pytest.raises(ClaimLost):
        getattr(tasks, verb)(task_id=task.pk, actor=cast.colleague, **reason)


def test_a_heartbeat_extends_the_lease_and_never_shortens_it(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    Task.objects.filter(pk=task.pk).update(lease_until=timezone.now() + timedelta(seconds=5))
    extended = tasks.heartbeat(task_id=task.pk, actor=cast.operator)
    assert extended.lease_until > timezone.now() + timedelta(seconds=590)
    far = timezone.now() + timedelta(hours=20)
    Task.objects.filter(pk=task.pk).update(lease_until=far)
    assert tasks.heartbeat(task_id=task.pk, actor=cast.operator).lease_until == far


def test_an_expired_lease_frees_the_task_and_says_whose_it_was(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    held = factories.make_claimed_task(process, cast.colleague)
    Task.objects.filter(pk=task.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert tasks.free_expired() == 1
    assert Task.objects.get(pk=task.pk).state == "open"
    assert Task.objects.get(pk=held.pk).state == "claimed"
    entry = Entry.objects.get(kind="task.lease_expired")
    assert entry.data["held_by"] == str(cast.operator.pk)


def test_a_lead_gives_a_task_to_a_person(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    given = tasks.reassign(task_id=task.pk, to=cast.colleague, actor=cast.lead)
    assert given.claimed_by == cast.colleague
    assert given.lease_until > timezone.now() + timedelta(hours=23)
    entry = Entry.objects.get(kind="task.reassigned")
    assert entry.data["before"] == str(cast.operator.pk)


def test_what_is_decided_cannot_be_reassigned(process, cast):
    decision = factories.make_decision(process, cast.operator)
    with pytest.raises(Conflict):
        tasks.reassign(task_id=decision.task_id, to=cast.colleague, actor=cast.lead)


def test_drafts_are_each_persons_own_and_the_last_one_counts(process, cast):
    task = factories.make_task(process)
    tasks.save_draft(task_id=task.pk, actor=cast.operator, output={"category": "bill"})
    tasks.save_draft(task_id=task.pk, actor=cast.operator, output={"category": "other"})
    tasks.save_draft(task_id=task.pk, actor=cast.colleague, output={})
    assert tasks.draft_of(task, cast.operator).output == {"category": "other"}
    assert tasks.draft_of(task, cast.colleague).output == {}


def test_lengths_are_counted_up_to_a_cap_in_one_statement(process, cast, django_assert_num_queries):
    factories.make_backlog(process, COUNT_CAP + 5)
    factories.make_backlog(process, 3, kind="compliance")
    found = list(Queue.objects.order_by("name"))
    with django_assert_num_queries(1):
        by_name = {line.queue.name: line for line in lines(found)}
    assert (by_name["desk"].open_count, by_name["desk"].is_capped) == (COUNT_CAP, True)
    assert (by_name["compliance"].open_count, by_name["compliance"].is_capped) == (3, False)
    assert by_name["senior"].open_count == 0
