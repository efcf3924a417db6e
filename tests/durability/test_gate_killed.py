"""Workers killed while an output is before the gate: nothing is lost, nothing let go twice."""

from collections import Counter

import pytest

from governance.contracts import operations as contracts
from governance.contracts.models import Process
from governance.models import Entry
from review.decisions import operations as decisions
from review.gate.models import GateHold
from review.models import Call
from review.queues.operations import sync
from tests.durability import work
from tests.durability.harness import SETTLE_SECONDS, wait_until

pytestmark = pytest.mark.kill

# No model proposes, so that the one that is asked is the gate's: it says label a to everything.
GATE = (
    "gate: {{checks: [{{name: second, provider: openai, fields: [label], at_least: 1,"
    " message: Compare.}}]}}\n"
)


@pytest.fixture
def gated(system):
    """People decide; an output goes on where a second model agrees."""
    found = Process.objects.filter(pk="gated").first()
    if found is not None:
        return found
    source = (work.CONTRACT + GATE).replace("provider: openai\n", "provider: local\n", 1)
    text = source.format(slug="gated", undo_window=0, lease=600, url=f"{system.receiver.url}/tell")
    applied, _ = contracts.apply(text, filename="gated.yaml", actor=work.ACTOR)
    sync(applied)
    return Process.objects.select_related("contract").get(pk="gated")


def decide(process, ticket, text, label):
    """A new item that a person decides; its hold, which is being checked."""
    item = work.hand_in(process, ticket, text)
    work.wait_for_state(item, "waiting")
    ida = work.person("ida", process)
    task = work.claim(process, ida)
    assert task.item_id == item.pk
    made = decisions.decide(task_id=task.pk, actor=ida, verdict="correct", output={"label": label})
    return GateHold.objects.get(decision=made.decision)


def wait_for(hold, state):
    found = GateHold.objects.filter(pk=hold.pk, state=state)
    wait_until(f"the hold is {state}", found.exists, SETTLE_SECONDS)


def told(hold):
    """How often the ledger says what became of a hold's checks, by kind."""
    entries = Entry.objects.filter(item=hold.item_id, kind__startswith="gate.")
    return Counter(entries.values_list("kind", flat=True))


def test_killed_during_the_check_it_is_made_again_and_the_output_goes_once(system, gated):
    with system.model.holding("gate agrees") as gate:
        hold = decide(gated, "gate-0", "gate agrees", "a")
        gate.wait_for_arrival()
        assert not system.receiver.of("gate-0"), "sent before it was checked"
        system.kill("worker-inference")
    system.start("worker-inference")
    wait_for(hold, "passed")
    work.assert_whole(system)
    assert work.state_of(hold.item) == "completed"
    assert system.model.calls["gate agrees"] >= 2, "the call that was cut was made again"
    assert Call.objects.filter(item=hold.item).count() == 1
    assert told(hold) == {"gate.entered": 1, "gate.passed": 1}
    assert system.receiver.of("gate-0") == [{"ticket": "gate-0", "label": "a"}]


def test_what_the_check_holds_stays_held_whoever_is_killed(system, gated):
    with system.model.holding("gate differs") as gate:
        hold = decide(gated, "gate-1", "gate differs", "b")
        gate.wait_for_arrival()
        system.kill("worker-inference", "worker", "beat")
    system.start("worker-inference", "worker", "beat")
    wait_for(hold, "waiting")
    assert told(hold) == {"gate.entered": 1, "gate.held": 1}
    assert not system.receiver.of("gate-1")
    # So that nothing waits any more: what is taken back is withdrawn from the gate.
    decisions.undo(decision_id=hold.decision_id, actor=work.person("ida", gated))
    work.assert_whole(system)
    assert not system.receiver.of("gate-1")


def test_an_answer_that_comes_after_its_lease_writes_nothing_more(system, gated):
    """The worker was not killed but stood still: another has made the check meanwhile."""
    with system.model.holding("gate late") as gate:
        hold = decide(gated, "gate-2", "gate late", "a")
        gate.wait_for_arrival()
        system.freeze("worker-inference")
        stopped = system.processes.pop("worker-inference")
        gate.open()
        try:
            system.start("worker-inference")
            wait_for(hold, "passed")
        finally:
            system.kill("worker-inference")
            system.processes["worker-inference"] = stopped
            system.thaw("worker-inference")
    work.assert_whole(system)
    assert told(hold) == {"gate.entered": 1, "gate.passed": 1}
    assert Call.objects.filter(item=hold.item).count() == 1
    assert system.receiver.of("gate-2") == [{"ticket": "gate-2", "label": "a"}]
