"""What the tests stand on is made by the operations, so it passes the rules they enforce."""

import pytest

from governance.models import User
from review.models import Effect, Item, Task
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_decision_made_by_the_factories_has_gone_the_whole_way(process, cast):
    decision = factories.make_decision(process, cast.operator)
    assert decision.settles
    assert decision.item.state == Item.State.DECIDED
    assert Effect.objects.get(decision=decision).state == Effect.State.SCHEDULED


def test_a_vip_item_opens_two_slots(process, cast):
    task = factories.make_task(process, payload={"text": "Hello", "channel": "vip"})
    assert sorted(task.item.tasks.values_list("kind", flat=True)) == ["review", "second_review"]


def test_a_sampled_automatic_item_is_decided_and_has_a_blind_quality_task():
    process = factories.make_process("sampled", stage="full", sample_rate=1.0)
    item = factories.propose(factories.make_item(process))
    assert item.state == Item.State.DECIDED
    task = item.tasks.get()
    assert (task.kind, task.is_blind) == (Task.Kind.QUALITY, True)


def test_a_backlog_can_be_claimed(process, cast):
    ids = factories.make_backlog(process, 3)
    queue = process.queues.get(name="desk")
    assert factories.claim(queue, cast.operator).pk == ids[0]


def test_the_cast_has_everyone_once(cast):
    assert cast.operator == cast.operator
    assert len(dict(cast)) == User.objects.count() == 10
