"""Bulk runs against people who decide the same tasks, and against a second worker."""

from collections import Counter

import pytest

from governance.errors import DomainError
from governance.models import Entry
from review.access import Rights
from review.bulk import operations, working
from review.decisions.operations import decide, undo
from review.finding.filters import ItemFilter
from review.models import Decision, Run, Task
from review.tasks.claims import claim_next
from tests import factories
from tests.races.conftest import Desk
from tests.races.together import together

pytestmark = pytest.mark.race

ITEMS = 24


def begun(desk: Desk) -> Run:
    """A run over ITEMS open tasks that has been let loose on all of them."""
    for number in range(ITEMS):
        factories.make_task(desk.process, external_id=f"run-{number}")
    run, _ = operations.plan(
        process=desk.process.pk,
        wanted=ItemFilter(),
        verb="accept",
        options={},
        reason="All alike.",
        actor=desk.lead,
        rights=Rights(desk.lead),
    )
    operations.begin(run_id=run.pk, actor=desk.lead)
    while working.step(run.pk):
        pass
    operations.go_on(run_id=run.pk, actor=desk.lead)
    return run


def work(run: Run) -> None:
    while working.step(run.pk):
        pass


def people_decide(desk: Desk, actor) -> int:
    """Claim and reject until nothing is left for this person; how many."""
    count = 0
    while claim := claim_next(queue=desk.queue(), actor_id=actor.pk):
        decide(task_id=claim.task_id, actor=actor, verdict="reject", reason="Not for us.")
        count += 1
    return count


def assert_each_item_decided_once(desk: Desk) -> None:
    active = Decision.objects.filter(item__process=desk.process, state="active")
    per_item = Counter(active.values_list("item_id", flat=True))
    assert len(per_item) == ITEMS
    assert set(per_item.values()) == {1}
    entries = Entry.objects.filter(process=desk.process.pk, kind="decision.made")
    assert entries.count() == ITEMS


def test_each_item_is_decided_once_by_the_run_or_by_a_person(desk):
    run = begun(desk)
    outcomes = together(
        lambda: work(run),
        lambda: people_decide(desk, desk.operator),
        lambda: people_decide(desk, desk.colleague),
    )
    assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
    work(run)  # the worker's part may have ended before people gave way
    run.refresh_from_db()
    assert run.state == "done"
    assert_each_item_decided_once(desk)
    by_people = sum(one for one in outcomes if isinstance(one, int))
    done, refused = (run.rows.filter(state=state).count() for state in ("done", "refused"))
    assert done + by_people == ITEMS
    assert refused == by_people
    assert Decision.objects.filter(run=run, state="active").count() == done


def test_two_workers_on_one_run_do_nothing_twice(desk):
    run = begun(desk)
    for _ in range(3):
        outcomes = together(lambda: work(run), lambda: work(run))
        assert outcomes == [None, None]
    work(run)
    run.refresh_from_db()
    assert (run.state, run.rows.filter(state="done").count()) == ("done", ITEMS)
    assert_each_item_decided_once(desk)


def test_stopping_meets_a_worker_between_two_items(desk):
    run = begun(desk)
    worked, stopped = together(
        lambda: work(run), lambda: operations.stop(run_id=run.pk, actor=desk.lead)
    )
    assert worked is None
    run.refresh_from_db()
    if isinstance(stopped, DomainError):
        assert run.state == "done"
        return
    assert run.state == "stopped"
    done = run.rows.filter(state="done").count()
    assert Decision.objects.filter(run=run).count() == done
    assert not Task.objects.filter(item__process=desk.process, state="claimed").exists()


def test_undoing_a_run_while_its_decisions_are_undone_by_hand(desk):
    run = begun(desk)
    work(run)
    operations.undo(run_id=run.pk, actor=desk.lead)
    decisions = list(run.rows.values_list("decision_id", flat=True))[:8]

    def by_hand():
        undone = 0
        for one in decisions:
            try:
                undo(decision_id=one, actor=desk.lead)
                undone += 1
            except DomainError:
                continue
        return undone

    worked, undone = together(lambda: work(run), by_hand)
    assert worked is None
    work(run)
    run.refresh_from_db()
    assert run.state == "undone"
    assert set(Decision.objects.filter(run=run).values_list("state", flat=True)) == {"undone"}
    assert run.rows.filter(state="kept").count() == undone
    entries = Entry.objects.filter(process=desk.process.pk, kind="decision.undone")
    assert entries.count() == ITEMS
