"""Redis carries hints only: what it forgets costs time and nothing else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.hints import HintTask
from governance.identifiers import uuid7
from review.models import Effect, Item
from tests.durability import work
from tests.durability.harness import System, wait_until

pytestmark = pytest.mark.kill

INFERENCE_THREADS = 4  # the Procfile's


def test_flushed_with_items_in_every_state_everything_still_finishes(system, swift, patient):
    ended = work.hand_in(swift, "flush-ended", "clear")
    work.wait_for_state(ended, "completed")
    waiting = work.hand_in(swift, "flush-waiting", "vague")
    work.wait_for_state(waiting, "waiting")
    with (
        system.model.holding("clear hold") as inference,
        system.receiver.holding("flush-sending") as sending,
    ):
        proposing = work.hand_in(swift, "flush-proposing", "clear hold")
        inference.wait_for_arrival()
        running = work.hand_in(swift, "flush-sending", "clear")
        sending.wait_for_arrival()
        decided = work.hand_in(patient, "flush-decided", "clear")
        work.wait_for_effect(decided, "scheduled")
        # Nobody takes these from Redis before it forgets them.
        system.freeze("worker", "worker-inference")
        received = work.hand_in_many(swift, "flush-received", 30)
        system.redis.flush()
        system.thaw("worker", "worker-inference")
    assert Item.objects.filter(pk__in=[one.pk for one in received], state="received").exists()
    work.decide(swift, work.person("ida", swift))
    work.assert_whole(system)
    for item in [ended, waiting, proposing, running, decided, *received]:
        assert work.state_of(item) == "completed", item.external_id


def test_stopped_and_started_work_goes_on_meanwhile_and_afterwards(system, swift):
    before = work.hand_in(swift, "stop-before", "vague")
    work.wait_for_state(before, "waiting")
    system.redis.stop()
    try:
        received = work.hand_in_many(swift, "stop-received", 10)
        decision = work.decide(swift, work.person("ida", swift))
    finally:
        system.redis.start()
    assert {work.state_of(item) for item in received} == {"received"}
    assert Effect.objects.get(decision=decision).state == Effect.State.SCHEDULED
    work.assert_whole(system)
    for item in [before, *received]:
        assert work.state_of(item) == "completed", item.external_id
    _assert_hints_work_again(system, swift)


def test_stopped_while_every_thread_is_busy_the_worker_hears_again_afterwards(system, swift):
    """Their acknowledgements fail, and kombu would count those messages as held for ever."""
    with system.model.holding("clear busy") as gate:
        busy = work.hand_in_many(swift, "busy", INFERENCE_THREADS, "clear busy")
        for _ in busy:
            gate.wait_for_arrival()
        failed_before = failed_acknowledgements(system)
        system.redis.stop()
        try:
            gate.open()
            for item in busy:
                work.wait_for_state(item, "decided", "completed")
            wait_until(
                "the acknowledgements have failed",
                lambda: failed_acknowledgements(system) - failed_before >= len(busy),
            )
        finally:
            system.redis.start()
    _assert_hints_work_again(system, swift)
    work.assert_whole(system)


def failed_acknowledgements(system: System) -> int:
    return system.log_of("worker-inference").count("Couldn't ack")


def _assert_hints_work_again(system: System, swift) -> None:
    """Not the sweeper alone: a fresh item is proposed before any sweep could know of it."""
    HintTask._quiet_until = 0.0
    item = work.hand_in(swift, f"hint-{uuid7()}", "clear")
    Item.objects.filter(pk=item.pk).update(hint_at=timezone.now() + timedelta(hours=1))
    work.wait_for_state(item, "completed")


def test_restarted_under_load_nothing_is_lost(system, swift):
    items = []
    for round_number in range(3):
        items += work.hand_in_many(swift, f"restart-{round_number}", 10)
        system.redis.restart()
    work.assert_whole(system)
    assert {work.state_of(item) for item in items} == {"completed"}
