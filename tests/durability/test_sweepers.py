"""What is due and not moving is found, once, and never while somebody works on it."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from config import celery_app
from review.items import proposing
from review.models import Item
from tests.durability.harness import procfile
from tests.factories import make_item

PAST = timedelta(seconds=-1)


@pytest.fixture
def item(process) -> Item:
    return make_item(process)


def change(item: Item, **instants: timedelta) -> None:
    now = timezone.now()
    Item.objects.filter(pk=item.pk).update(**{name: now + by for name, by in instants.items()})


def test_a_fresh_item_is_left_to_its_first_hint(item):
    assert proposing.due_chunks() == []


def test_an_item_whose_hint_was_lost_is_found_once(item):
    change(item, hint_at=PAST)
    assert proposing.due_chunks() == [[str(item.pk)]]
    assert proposing.due_chunks() == []


def test_an_item_whose_second_hint_was_lost_is_found_again(item, settings):
    change(item, hint_at=PAST)
    proposing.due_chunks()
    found = Item.objects.get(pk=item.pk)
    assert found.hint_at - timezone.now() < timedelta(seconds=settings.HINT_AGAIN_SECONDS)
    change(item, hint_at=PAST)
    assert proposing.due_chunks() == [[str(item.pk)]]


def test_an_item_being_worked_on_is_left_alone_until_its_lease_ends(item, monkeypatch, settings):
    class Hanging(BaseException):
        pass

    def hang(*args: object) -> None:
        raise Hanging

    monkeypatch.setattr(proposing, "ask", hang)
    with pytest.raises(Hanging):
        proposing.propose([item.pk])
    leased = Item.objects.get(pk=item.pk)
    assert leased.lease_until is not None
    assert leased.hint_at >= leased.lease_until
    assert proposing.due_chunks() == []
    monkeypatch.setattr(proposing, "ask", lambda *args: pytest.fail("asked under another's lease"))
    proposing.propose([item.pk])
    change(item, hint_at=PAST, lease_until=PAST)
    assert proposing.due_chunks() == [[str(item.pk)]]


def test_items_go_in_batches_where_the_provider_gains_and_retries_go_alone(process, settings):
    settings.PROVIDER_BATCH = {"local": 2}
    items = [make_item(process) for _ in range(4)]
    for one in items:
        change(one, hint_at=PAST)
    Item.objects.filter(pk=items[3].pk).update(attempts=1)
    chunks = proposing.due_chunks()
    assert sorted(map(len, chunks)) == [1, 1, 2]
    assert [str(items[3].pk)] in chunks


def test_beat_asks_for_jobs_that_exist_and_that_a_worker_of_the_procfile_takes():
    celery_app.loader.import_default_modules()
    taken = set()
    for line in procfile().values():
        for queues in re.findall(r"--queues (\S+)", line):
            taken |= set(queues.split(","))
    beaten = {entry["task"] for entry in celery_app.conf.beat_schedule.values()}
    assert {"review.items.jobs.sweep", "review.tasks.jobs.sweep", "review.effects.jobs.sweep"} < (
        beaten
    )
    ours = {name for name in celery_app.tasks if not name.startswith("celery.")}
    assert beaten <= ours
    for job in ours:
        route = celery_app.amqp.router.route({}, job)
        assert route["queue"].name in taken, f"no worker of the Procfile takes {job}"
