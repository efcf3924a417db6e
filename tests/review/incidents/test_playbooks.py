"""Playbooks: documents in versions, run step by step, each step once."""

import pytest
from django.utils import timezone

from governance.catalogue import operations as catalogue
from governance.catalogue.queries import champion
from governance.errors import Conflict, InvalidInput, NotAllowed
from governance.incidents import playbooks
from governance.incidents.operations import open_incident
from governance.incidents.thresholds import floor_of
from governance.models import Approval, Entry, Halt, Playbook, Process
from review.incidents import playing
from review.models import Notice
from tests import factories

pytestmark = pytest.mark.django_db
ACTOR = factories.ACTOR
EVERY_STEP = """
name: Everything
use_when: Always.
steps:
  - {do: halt, say: Halt it.}
  - {do: pause, say: Pause it.}
  - {do: stage, to: assisted, say: Step it down.}
  - {do: thresholds, floor: 0.97, say: Raise them.}
  - {do: notify, roles: [process_owner], say: Tell them.}
  - {do: rollback, say: Roll it back.}
  - {do: manual, say: Look at it.}
"""


@pytest.fixture
def acting(process):
    factories.enter_stage(process.pk, "full")
    return process


def begin(process, actor, source=EVERY_STEP):
    playbook = playbooks.save(slug="every", source=source, actor=ACTOR)
    incident = open_incident(title="It errs", severity=2, process=process.pk, actor=ACTOR)
    return playing.start(
        incident_id=incident.pk, playbook_id=playbook.pk, process=process.pk, actor=actor
    )


def replace_model(process):
    """Another version, which serves now."""
    version = catalogue.register_version(
        process=process.pk,
        model_name=f"{process.pk}/local",
        provider="local",
        digest="1" * 64,
        config={},
        report={},
        actor=ACTOR,
    )
    catalogue.deploy(version, actor=ACTOR)
    return version


def test_every_step_does_what_it_says_and_the_run_tells_who(acting, cast):
    before = champion(acting.pk)
    replace_model(acting)
    officer = cast.compliance_officer
    assert cast.owner
    run = begin(acting, officer)
    for place in range(7):
        done = playing.do(run_id=run.pk, position=place, actor=officer, note="It was.")
        assert done.state == "done"
    run.refresh_from_db()
    row = Process.objects.get(pk=acting.pk)
    assert run.ended_at
    assert (row.stage, row.is_paused) == ("assisted", True)
    assert Halt.objects.filter(process=row, until=None).exists()
    assert floor_of(row.pk) == 0.97
    assert champion(row.pk) == before
    assert Notice.objects.get(kind="incident").person == cast.owner
    assert {step.actor for step in run.steps.all()} == {officer}
    told = Entry.objects.filter(kind="playbook.step_done")
    assert [one.data["do"] for one in told.order_by("pk")] == [
        *("halt", "pause", "stage", "thresholds", "notify", "rollback", "manual")
    ]


def test_a_step_is_done_once_and_in_its_order(acting, cast):
    officer = cast.compliance_officer
    run = begin(acting, officer)
    with pytest.raises(Conflict):
        playing.do(run_id=run.pk, position=1, actor=officer)
    playing.do(run_id=run.pk, position=0, actor=officer)
    with pytest.raises(Conflict):
        playing.do(run_id=run.pk, position=0, actor=officer)
    assert Halt.objects.count() == 1


def test_what_is_so_already_is_no_failure(acting, cast):
    officer = cast.compliance_officer
    for _ in range(2):
        run = begin(acting, officer)
        for place in range(5):
            assert playing.do(run_id=run.pk, position=place, actor=officer).state == "done"
    assert Halt.objects.count() == 1


def test_a_step_that_fails_is_kept_with_the_reason_and_can_be_left_out(acting, cast):
    officer = cast.compliance_officer
    run = begin(acting, officer, "{name: n, use_when: w, steps: [{do: rollback, say: Back.}]}")
    failed = playing.do(run_id=run.pk, position=0, actor=officer)
    assert (failed.state, failed.outcome) == (
        "failed",
        "No version that served before is approved.",
    )
    with pytest.raises(InvalidInput):
        playing.skip(run_id=run.pk, position=0, actor=officer, reason=" ")
    playing.skip(run_id=run.pk, position=0, actor=officer, reason="There is none.")
    run.refresh_from_db()
    assert run.ended_at


@pytest.mark.parametrize("note", [" ", "x" * 501])
def test_what_is_done_by_hand_is_ticked_off_with_a_note_alone(acting, cast, note):
    officer = cast.compliance_officer
    run = begin(acting, officer, "{name: n, use_when: w, steps: [{do: manual, say: Look.}]}")
    with pytest.raises(InvalidInput):
        playing.do(run_id=run.pk, position=0, actor=officer, note=note)
    assert run.steps.get().state == "waiting"
    done = playing.do(run_id=run.pk, position=0, actor=officer, note=" It was fine. ")
    assert (done.state, done.outcome) == ("done", "It was fine.")


def test_a_version_that_is_not_approved_is_not_rolled_back_to(acting, cast):
    first = champion(acting.pk)
    replace_model(acting)
    assert first is not None
    Approval.objects.filter(kind="version", state="granted").update(
        state="withdrawn", ended_at=timezone.now()
    )
    run = begin(acting, cast.lead, "{name: n, use_when: w, steps: [{do: rollback, say: Back.}]}")
    assert playing.do(run_id=run.pk, position=0, actor=cast.lead).state == "failed"


def test_halting_in_a_playbook_needs_the_right_to_halt(acting, cast):
    run = begin(acting, cast.lead)
    with pytest.raises(NotAllowed):
        playing.do(run_id=run.pk, position=0, actor=cast.model_owner)
    assert not Halt.objects.exists()


def test_a_playbook_is_begun_once_at_a_time(acting, cast):
    run = begin(acting, cast.lead)
    again = playing.start(
        incident_id=run.incident_id, playbook_id=run.playbook_id, process=acting.pk, actor=cast.lead
    )
    assert again == run


def test_a_change_is_another_version_and_no_change_is_none():
    first = playbooks.save(slug="every", source=EVERY_STEP, actor=ACTOR)
    assert playbooks.save(slug="every", source=playbooks.source_of(first), actor=ACTOR) == first
    second = playbooks.save(slug="every", source=EVERY_STEP.replace("0.97", "0.98"), actor=ACTOR)
    assert second.number == 2
    assert playbooks.newest() == [second]


def test_the_shipped_ones_are_taken_in_once():
    assert len(playbooks.install(actor=ACTOR)) == 4
    assert playbooks.install(actor=ACTOR) == []
    assert Playbook.objects.count() == 4


@pytest.mark.parametrize(
    "step",
    [
        "{do: explode, say: x}",
        "{do: stage, to: full, say: x}",
        "{do: stage, say: x}",
        "{do: thresholds, floor: 2, say: x}",
        "{do: notify, roles: [operator], say: x}",
        "{do: manual, say: ''}",
        "{do: halt, say: x, more: y}",
    ],
)
def test_a_step_that_makes_no_sense_is_refused(step):
    with pytest.raises(InvalidInput) as refused:
        playbooks.save(slug="x", source=f"{{name: n, use_when: w, steps: [{step}]}}", actor=ACTOR)
    assert "steps.1" in refused.value.errors
