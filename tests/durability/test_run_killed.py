"""A bulk run goes on where it was, whatever was killed under it."""

import pytest

from governance.roles.operations import grant_role
from governance.roles.roles import Role
from review.access import Rights
from review.bulk import operations
from review.finding.filters import ItemFilter
from review.models import Decision, Run
from tests.durability import work
from tests.durability.harness import SETTLE_SECONDS, wait_until

pytestmark = pytest.mark.kill

ITEMS = 60


def begun(process):
    """A run over ITEMS reviewed tickets, its first few done and confirmed."""
    lead = work.person("lena", process)
    grant_role(user=lead, role=Role.TEAM_LEAD, process=process, actor=work.ACTOR)
    items = work.hand_in_many(process, "bulk", ITEMS, "vague")
    for item in items:
        work.wait_for_state(item, "waiting")
    run, _ = operations.plan(
        process=process.pk,
        wanted=ItemFilter(),
        verb="accept",
        options={},
        reason="All alike.",
        actor=lead,
        rights=Rights(lead),
        includes_doubtful=True,
    )
    operations.begin(run_id=run.pk, actor=lead)
    wait_until("the first few are done", lambda: state(run) == "waiting", SETTLE_SECONDS)
    operations.go_on(run_id=run.pk, actor=lead)
    return run


def state(run):
    return Run.objects.values_list("state", flat=True).get(pk=run.pk)


def done(run):
    return run.rows.filter(state="done").count()


def test_killed_in_the_middle_a_run_goes_on_and_does_nothing_twice(system, swift):
    run = begun(swift)
    for least in (8, 20):
        wait_until(f"{least} are done", lambda least=least: done(run) >= least, SETTLE_SECONDS)
        system.kill("worker")
        assert state(run) == "running", "killed too late to tell anything"
        before = done(run)
        assert Decision.objects.filter(run=run).count() == before
        system.start("worker")
    wait_until("the run is done", lambda: state(run) == "done", SETTLE_SECONDS)
    assert done(run) == ITEMS
    decisions = Decision.objects.filter(run=run)
    assert decisions.count() == decisions.values("item").distinct().count() == ITEMS
    work.assert_whole(system)


def test_the_undo_of_a_run_survives_redis_and_its_worker(system, patient):
    run = begun(patient)
    wait_until("the run is done", lambda: state(run) == "done", SETTLE_SECONDS)
    operations.undo(run_id=run.pk, actor=run.actor)
    wait_until("some are undone", lambda: run.rows.filter(state="undone").exists(), SETTLE_SECONDS)
    system.kill("worker")
    system.redis.flush()
    system.start("worker")
    wait_until("the run is undone", lambda: state(run) == "undone", SETTLE_SECONDS)
    assert set(Decision.objects.filter(run=run).values_list("state", flat=True)) == {"undone"}
    work.assert_whole(system)
