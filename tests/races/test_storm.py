"""Everything that can be done to one item, done at once: no deadlock, and one truth at the end."""

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.utils import IntegrityError, OperationalError

from governance.errors import DomainError
from governance.models import Entry
from review.decisions.operations import amend, decide, undo
from review.effects import operations as effects
from review.models import Decision, Effect, Item, Task
from review.tasks import operations as tasks
from review.tasks.claims import claim_next
from tests.factories import make_item, make_task, propose
from tests.races.conftest import Desk

pytestmark = pytest.mark.race

STORM_SECONDS = 4
LONGEST_STORM_SECONDS = 60  # where the draw never got to a step that counts
COUNTED = ("decide", "undo", "amend", "claim", "run_effects")
PEOPLE = 6
CATEGORIES = ["bill", "other"]


class Storm:
    """What people and workers might do to an item, drawn at random; counts what came of it."""

    def __init__(self, desk: Desk, item: Item) -> None:
        self.desk, self.item = desk, item
        self.people = [desk.operator, desk.colleague, desk.lead]
        self.done: Counter[str] = Counter()
        self.wrong: list[BaseException] = []
        self._lock = threading.Lock()

    def blow(self, seed: int) -> None:
        draw = random.Random(seed)
        began = time.monotonic()
        steps = [
            self.claim, self.decide, self.decide, self.undo, self.amend, self.release,
            self.draft, self.reassign, self.run_effects, self.run_effects, self.sweep,
        ]  # fmt: skip
        try:
            while not (self.wrong or self._is_over(time.monotonic() - began)):
                step = draw.choice(steps)
                self._take(step, draw)
        finally:
            connections.close_all()

    def _is_over(self, seconds: float) -> bool:
        is_whole = all(self.done[step] for step in COUNTED)
        return seconds > (STORM_SECONDS if is_whole else LONGEST_STORM_SECONDS)

    def _take(self, step: Callable[[random.Random], Any], draw: random.Random) -> None:
        try:
            step(draw)
            outcome = step.__name__
        except DomainError as error:
            outcome = f"{step.__name__}: {error.code}"
        except (Task.DoesNotExist, Decision.DoesNotExist):
            outcome = f"{step.__name__}: nothing there"
        except (OperationalError, IntegrityError, AssertionError, TypeError) as error:
            self.wrong.append(error)
            return
        with self._lock:
            self.done[outcome] += 1

    def _task(self) -> Task:
        return Task.objects.filter(item=self.item).order_by("?")[:1].get()

    def _decision(self) -> Decision:
        return Decision.objects.filter(item=self.item, state="active").order_by("?")[:1].get()

    def claim(self, draw: random.Random) -> None:
        queue = self.desk.queue(draw.choice(["desk", "senior"]))
        claim_next(queue=queue, actor_id=draw.choice(self.people).pk)

    def decide(self, draw: random.Random) -> None:
        task = self._task()
        holder = task.claimed_by or draw.choice(self.people)
        if draw.random() < 0.2:
            decide(task_id=task.pk, actor=holder, verdict="reject", reason="No.")
        else:
            output = {"category": draw.choice(CATEGORIES)}
            decide(task_id=task.pk, actor=holder, verdict="correct", output=output)

    def undo(self, draw: random.Random) -> None:
        undo(decision_id=self._decision().pk, actor=draw.choice(self.people))

    def amend(self, draw: random.Random) -> None:
        output = {"category": draw.choice(CATEGORIES)}
        settling = Decision.objects.get(item=self.item, state="active", settles=True)
        actor = draw.choice(self.people)  # a conflict for who decided as one of two
        amend(decision_id=settling.pk, actor=actor, verdict="correct", output=output)

    def release(self, draw: random.Random) -> None:
        task = self._task()
        tasks.release(task_id=task.pk, actor=task.claimed_by or draw.choice(self.people))

    def draft(self, draw: random.Random) -> None:
        tasks.save_draft(task_id=self._task().pk, actor=draw.choice(self.people), output={})

    def reassign(self, draw: random.Random) -> None:
        to = draw.choice(self.people)
        tasks.reassign(task_id=self._task().pk, to=to, actor=self.desk.lead)

    def run_effects(self, draw: random.Random) -> None:
        for effect in self.desk.effects(self.item.pk, "scheduled"):
            effects.run(effect.pk)

    def sweep(self, draw: random.Random) -> None:
        tasks.free_expired()
        effects.due_effects()


@pytest.mark.parametrize("payload", [{"text": "Once."}, {"text": "Twice.", "channel": "vip"}])
def test_no_deadlock_and_one_truth_after_a_storm_on_one_item(desk, payload):
    item = propose(make_item(desk.process, payload, external_id="storm"))
    storm = Storm(desk, item)
    threads = [threading.Thread(target=storm.blow, args=(seed,)) for seed in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in storm.wrong:
        raise error
    for step in COUNTED:
        assert storm.done[step], f"the storm never got to {step}: {storm.done}"
    settle(desk, item)
    assert_one_truth(desk, item)


def settle(desk: Desk, item: Item) -> None:
    while left := desk.effects(item.pk, "scheduled"):
        for effect in left:
            effects.run(effect.pk)


def assert_one_truth(desk: Desk, item: Item) -> None:
    item.refresh_from_db()
    settling = list(Decision.objects.filter(item=item, state="active", settles=True))
    alive = Task.objects.filter(item=item, state__in=["open", "claimed"])
    if settling:
        (decision,) = settling
        assert item.state == ("rejected" if decision.verdict == "reject" else "completed")
        wanted = [] if decision.output is None else [decision.output["category"]]
        assert not alive.exists()
    else:
        assert item.state == "waiting"
        assert alive.exists(), "it waits for nobody"
        wanted = []
    assert in_force(desk.written("storm")) == wanted
    assert not Effect.objects.filter(item=item).exclude(
        state__in=["done", "cancelled", "compensated"]
    )
    made = Entry.objects.filter(item=item.pk, kind__in=["decision.made", "decision.amended"])
    decisions = Decision.objects.filter(item=item)
    assert made.count() == decisions.count()
    undone = Entry.objects.filter(item=item.pk, kind="decision.undone")
    assert undone.count() == decisions.filter(state="undone").count()


def in_force(written: list[str]) -> list[str]:
    """What holds in the other system after all it was told; two at once are a fault."""
    held: list[str] = []
    for one in written:
        if one == "undo":
            assert held, f"something was taken back that was not there: {written}"
            held.pop()
        else:
            assert not held, f"applied over something not taken back: {written}"
            held.append(one)
    return held


def test_deciding_locks_the_item_before_the_task(desk, django_assert_num_queries):
    """The order that keeps the storm free of deadlocks, seen in the lock itself."""
    task = make_task(desk.process)
    with transaction.atomic(), django_assert_num_queries(1) as captured:
        tasks.lock(task.pk)
    locked = re.search(r"FOR UPDATE OF (\S+), (\S+)", captured[0]["sql"])
    assert locked
    assert [name.strip('"') for name in locked.groups()] in (
        ["i", "t"],
        ["review_item", "review_task"],
    )
