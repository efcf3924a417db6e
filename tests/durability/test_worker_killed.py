"""A worker that is killed leaves nothing lost and nothing done twice."""

import pytest

from review.models import Call, Effect
from tests.durability import work

pytestmark = pytest.mark.kill


def test_killed_during_inference_the_item_is_proposed_again(system, swift):
    with system.model.holding("clear inference") as gate:
        held = work.hand_in(swift, "inference-0", "clear inference")
        others = work.hand_in_many(swift, "inference-other", 5)
        gate.wait_for_arrival()
        system.kill("worker-inference")
    system.start("worker-inference")
    work.assert_whole(system)
    for item in [held, *others]:
        assert work.state_of(item) == "completed"
    assert system.model.calls["clear inference"] == 2, "the call that was cut was made again"
    assert Call.objects.filter(item=held).count() == 1
    assert system.receiver.of("inference-0") == [{"ticket": "inference-0", "label": "a"}]


def test_killed_during_an_effect_that_had_arrived_it_is_not_applied_twice(system, swift):
    with system.receiver.holding("effect-0") as gate:
        held = work.hand_in(swift, "effect-0", "clear")
        gate.wait_for_arrival()
        effect = work.effect_of(held)
        assert effect.state == Effect.State.RUNNING
        system.kill("worker")
    system.start("worker")
    work.assert_whole(system)
    assert work.state_of(held) == "completed"
    assert system.receiver.deliveries[str(effect.pk)] == 2, "the same key was sent again"
    assert system.receiver.of("effect-0") == [{"ticket": "effect-0", "label": "a"}]


def test_killed_between_decision_and_effect_the_effect_still_happens(system, patient):
    automatic = work.hand_in(patient, "between-0", "clear")
    reviewed = work.hand_in(patient, "between-1", "vague")
    work.wait_for_effect(automatic, "scheduled")
    work.wait_for_state(reviewed, "waiting")
    ida = work.person("ida", patient)
    while work.decide(patient, ida).item_id != reviewed.pk:
        pass  # what earlier tests left in the queue
    system.kill("worker", "worker-inference", "beat")
    assert {work.effect_of(item).state for item in (automatic, reviewed)} == {"scheduled"}
    system.start("worker", "worker-inference", "beat")
    work.assert_whole(system)
    for item in (automatic, reviewed):
        assert work.state_of(item) == "completed"
        assert len(system.receiver.of(str(item.external_id))) == 1
