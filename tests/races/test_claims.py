"""Many people at one queue: each task goes to one person, and nobody waits for another."""

from collections import Counter
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from governance.models import Entry, User
from review.decisions.operations import decide
from review.models import Queue, Task
from review.tasks.claims import claim_next, take_next
from tests.factories import claim, make_backlog, make_item, make_person, make_task, propose
from tests.races.conftest import Desk
from tests.races.together import Beside, together

pytestmark = pytest.mark.race

PEOPLE = 50
TASKS = 2000
REPETITIONS = 10


def claim_until_dry(queue: Queue, person: User) -> tuple[list[UUID], int]:
    """The tasks that one person got, and how many stood open when they were told: none left."""
    claimed = []
    while (found := claim_next(queue=queue, actor_id=person.pk)) is not None:
        claimed.append(found.task_id)
    return claimed, Task.objects.filter(queue=queue, state="open").count()


def test_fifty_people_claim_a_queue_dry_and_no_task_goes_to_two_or_none(desk):
    tasks = set(make_backlog(desk.process, TASKS))
    people = [make_person(f"{desk.process.slug}-{number}") for number in range(PEOPLE)]
    queue = desk.queue()
    outcomes = together(*[lambda p=person: claim_until_dry(queue, p) for person in people])
    by_person = {person.pk: claimed for person, (claimed, _) in zip(people, outcomes, strict=True)}
    handed_out = Counter(task for claimed in by_person.values() for task in claimed)
    assert set(handed_out) == tasks
    assert max(handed_out.values()) == 1
    held = Task.objects.filter(queue=queue, state="claimed").values_list("pk", "claimed_by_id")
    assert dict(held) == {task: actor for actor, claimed in by_person.items() for task in claimed}
    told = Entry.objects.filter(process=desk.process.slug, kind="task.claimed")
    assert Counter(told.values_list("data__task", flat=True)) == Counter(map(str, tasks))
    # "None left" was true when it was said: at most what the others had in their hands just then.
    assert max(left for _, left in outcomes) < PEOPLE


def test_a_claim_does_not_wait_for_a_colleague_in_the_middle_of_one(desk):
    first, second = (make_task(desk.process) for _ in range(2))
    with transaction.atomic():
        taken, _ = take_next(desk.queue(), desk.operator.pk)
        assert taken is not None
        assert taken.task_id == first.pk
        beside = Beside(lambda: claim_next(queue=desk.queue(), actor_id=desk.colleague.pk))
        assert beside.outcome().task_id == second.pk


def make_two_slots(desk: Desk) -> dict[str, Task]:
    """The two tasks of an item that two people must look at, by their queues' names."""
    item = propose(make_item(desk.process, {"text": "Look twice.", "channel": "vip"}))
    return {task.queue.name: task for task in item.tasks.select_related("queue")}


@pytest.fixture
def two_slots(desk) -> dict[str, Task]:
    return make_two_slots(desk)


def test_one_person_at_two_screens_gets_one_of_two_slots(desk):
    queues = [desk.queue("desk"), desk.queue("senior")]
    for number in range(REPETITIONS):
        slots = make_two_slots(desk)
        person = make_person(f"{desk.process.slug}-{number}")
        outcomes = together(
            *[lambda q=queue, p=person: claim_next(queue=q, actor_id=p.pk) for queue in queues]
        )
        assert not [one for one in outcomes if isinstance(one, Exception)]
        assert len([one for one in outcomes if one is not None]) == 1
        held = Task.objects.filter(pk__in=[one.pk for one in slots.values()], state="claimed")
        assert [one.claimed_by_id for one in held] == [person.pk]
        for queue in queues:  # out of the next one's way
            claim_next(queue=queue, actor_id=desk.colleague.pk)


def test_the_constraint_decides_between_two_claims_that_cannot_see_each_other(desk, two_slots):
    with transaction.atomic():
        taken, _ = take_next(desk.queue("desk"), desk.operator.pk)
        assert taken is not None

        def second() -> None:
            with transaction.atomic():
                take_next(desk.queue("senior"), desk.operator.pk)

        beside = Beside(second)
        beside.wait_until_blocked()
    assert isinstance(beside.outcome(), IntegrityError)


def test_a_decision_stands_although_the_next_claim_lost_its_race(desk, two_slots):
    own = make_task(desk.process, external_id="own", priority=99)
    held = claim(desk.queue("desk"), desk.operator)
    assert held.pk == own.pk
    with transaction.atomic():
        taken, _ = take_next(desk.queue("desk"), desk.operator.pk)
        assert taken is not None
        assert taken.item_id == two_slots["desk"].item_id
        beside = Beside(
            lambda: decide(
                task_id=held.pk,
                actor=desk.operator,
                verdict="accept",
                next_queue=desk.queue("senior"),
            )
        )
        beside.wait_until_blocked()
    decided = beside.outcome()
    assert decided.decision.task_id == held.pk
    assert decided.claim is None
