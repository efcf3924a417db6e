"""The kill switch with work in flight: from the commit of a halt to the last thing that acts.

HALT_ITEMS=5000 measures what docs/incidents.md tells; the suite runs with fewer.
"""

import os
import time

import pytest
from django.utils import timezone

from governance.incidents import operations as incidents
from governance.models import Halt
from review.items.intake import Incoming, receive_bulk
from review.models import Decision, Effect, Item
from tests.durability import work
from tests.durability.harness import wait_until

pytestmark = pytest.mark.kill

ITEMS = int(os.environ.get("HALT_ITEMS", "300"))
LIMIT_SECONDS = 5
WATCHED_SECONDS = 8
STILL_SECONDS = 40  # without any progress: then something was lost


def last_act(system, process):
    """When the last automatic decision was made or the last effect arrived, since the epoch."""
    newest = Decision.objects.filter(item__process=process, actor=None).latest("created_at")
    return max(newest.created_at.timestamp(), system.receiver.last_at)


def acts(system, process):
    decided = Decision.objects.filter(item__process=process, actor=None).count()
    return decided, sum(system.receiver.deliveries.values())


def left(process):
    """How much of the process still moves: items, effects."""
    items = Item.objects.filter(process=process, state__in=["received", "decided"])
    effects = Effect.objects.filter(item__process=process, state__in=["scheduled", "running"])
    return items.count(), effects.count()


def finish(process):
    """Wait until nothing moves, for as long as it becomes less."""
    while any(before := left(process)):
        wait_until(
            f"less than {before} items and effects are left",
            lambda before=before: left(process) != before,
            STILL_SECONDS,
        )


def test_nothing_acts_five_seconds_after_a_halt_and_all_of_it_finishes_after(system, patient):
    already = len(system.receiver.applied)
    incoming = [Incoming({"text": "clear"}, external_id=f"H-{one}") for one in range(ITEMS)]
    receive_bulk(patient, incoming, actor=work.ACTOR)
    wait_until(
        "some effects have arrived",
        lambda: len(system.receiver.applied) - already >= ITEMS // 20,
        60,
    )
    items = Item.objects.filter(process=patient)
    incidents.halt(process=patient.pk, actor=work.ACTOR, reason="A test.")
    halted = Halt.objects.get(process=patient, until=None)
    received = items.filter(state="received").count()
    scheduled = Effect.objects.filter(item__process=patient, state="scheduled").count()
    assert received, "everything was decided before the halt"
    assert scheduled, "every effect was sent before the halt"
    time.sleep(max(0, LIMIT_SECONDS - (timezone.now() - halted.since).total_seconds()))
    before = acts(system, patient)
    time.sleep(WATCHED_SECONDS - LIMIT_SECONDS)
    assert acts(system, patient) == before, "something acted after the limit"
    seconds = last_act(system, patient) - halted.since.timestamp()
    print(
        f"halt: {ITEMS} items, {received} not yet decided, {scheduled} effects scheduled;"
        f" the last act came {seconds:.3f} s after the halt"
    )
    assert seconds <= LIMIT_SECONDS

    incidents.go_on(process=patient.pk, actor=work.ACTOR)
    finish(patient)
    assert items.count() == ITEMS
    assert items.exclude(state__in=["completed", "waiting"]).count() == 0
    assert items.filter(state="waiting").exclude(routes__outcome="review").count() == 0
    work.assert_whole(system)
