"""Affected items, and what is done about them in bulk."""

from datetime import timedelta

import pytest
from django.utils import timezone

from governance.errors import Conflict, InvalidInput
from governance.incidents.operations import go_on, halt, open_incident
from governance.models import Entry
from review.bulk import operations as bulk
from review.bulk import working
from review.effects import operations as effects
from review.incidents import affected, alarms, measures
from review.items import recording
from review.models import Decision, Effect, IncidentItem, Item, Run, RunRow, Task
from tests import factories

pytestmark = pytest.mark.django_db
ACTOR = factories.ACTOR


@pytest.fixture
def acting(process):
    factories.enter_stage(process.pk, "full")
    return process


@pytest.fixture
def incident(acting):
    return open_incident(title="It errs", severity=2, process=acting.pk, actor=ACTOR)


def accepted(process, **of_item):
    """An item that was decided automatically."""
    return factories.propose(factories.make_item(process, **of_item), confidence=0.99)


def ask(acting, **narrowed):
    return affected.read(
        {
            "process": acting.pk,
            "since": (timezone.now() - timedelta(hours=1)).isoformat(),
            "until": (timezone.now() + timedelta(minutes=1)).isoformat(),
            **narrowed,
        }
    )


def name_all(incident, process, actor):
    return affected.save(incident_id=incident.pk, asked=ask(process, automatic="1"), actor=actor)


def plan(incident, process, actor, verb="undo", **more):
    return measures.plan(
        incident=incident, process=process.pk, verb=verb, reason="It erred.", actor=actor, **more
    )


def finish(run, actor):
    bulk.begin(run_id=run.pk, actor=actor)
    while working.work(run.pk):
        pass
    run.refresh_from_db()
    if run.state == Run.State.WAITING:
        bulk.go_on(run_id=run.pk, actor=actor)
        while working.work(run.pk):
            pass


def send_all():
    Effect.objects.filter(state="scheduled").update(due_at=timezone.now())
    for effect in Effect.objects.filter(state="scheduled").order_by("pk"):
        effects.run(effect.pk)


def test_items_are_found_by_what_was_decided_about_them(acting, cast):
    alone = accepted(acting)
    by_person = factories.propose(factories.make_item(acting), confidence=0.5)
    version = acting.catalogue.get().versions.get()
    assert affected.find(ask(acting)) == [by_person.pk, alone.pk]
    assert affected.find(ask(acting, automatic="1")) == [alone.pk]
    assert affected.find(ask(acting, reason="field_below_band")) == [by_person.pk]
    assert affected.find(ask(acting, version=str(version.pk), segment="default")) == [
        by_person.pk,
        alone.pk,
    ]
    assert affected.find(ask(acting, segment="vip")) == []
    assert affected.find(ask(acting, contract=str(alone.contract_id), automatic="1")) == [alone.pk]
    later = (timezone.now() + timedelta(seconds=1)).isoformat()
    assert affected.find(ask(acting, since=later)) == []


def test_a_question_that_finds_too_many_says_so(acting, monkeypatch):
    monkeypatch.setattr(affected, "MOST_ITEMS", 2)
    for _ in range(2):
        accepted(acting)
    seen = affected.preview(ask(acting))
    assert (seen.count, seen.is_cut, seen.text) == (2, False, "2")
    newest = accepted(acting)
    seen = affected.preview(ask(acting))
    assert (seen.count, seen.is_cut, seen.text) == (2, True, "2 or more")
    assert seen.first[0] == newest


@pytest.mark.parametrize("missing", ["process", "since"])
def test_a_question_without_process_or_time_is_refused(acting, missing):
    with pytest.raises(InvalidInput):
        ask(acting, **{missing: ""})


def test_named_items_are_kept_once_with_the_question(acting, incident, cast):
    items = [accepted(acting) for _ in range(3)]
    first = name_all(incident, acting, cast.compliance_officer)
    second = name_all(incident, acting, cast.compliance_officer)
    assert (first.found, first.added, second.found, second.added) == (3, 3, 3, 0)
    assert IncidentItem.objects.count() == len(items)
    told = Entry.objects.filter(kind="incident.items_found").first()
    assert told.data["query"]["automatic"] is True


def test_undo_cancels_what_was_not_sent_reverses_what_was_and_asks_people(acting, incident, cast):
    sent = accepted(acting)
    send_all()
    unsent = accepted(acting)
    name_all(incident, acting, cast.compliance_officer)
    run, _ = plan(incident, acting, cast.compliance_officer)
    assert measures.outlook(run) == [
        ("update-ticket", "cancelled", 1),
        ("update-ticket", "compensating", 1),
    ]
    assert not Decision.objects.filter(state="undone").exists(), "a dry run does nothing"
    finish(run, cast.compliance_officer)
    assert {row.state for row in RunRow.objects.all()} == {"done"}
    for item in (sent, unsent):
        item.refresh_from_db()
        assert item.state == Item.State.WAITING
        assert Task.objects.get(item=item).state == Task.State.OPEN
    assert Effect.objects.get(item=unsent).state == Effect.State.CANCELLED
    send_all()
    assert Effect.objects.get(item=sent, compensates=None).state == Effect.State.COMPENSATED


def test_requeue_leaves_out_what_was_sent(acting, incident, cast):
    accepted(acting)
    send_all()
    unsent = accepted(acting)
    name_all(incident, acting, cast.compliance_officer)
    _, choice = plan(incident, acting, cast.compliance_officer, "requeue")
    assert [one.item for one in choice.chosen] == [unsent.pk]
    assert choice.excluded == {"sent": 1}


def test_what_was_sent_since_the_dry_run_is_not_requeued(acting, incident, cast):
    item = accepted(acting)
    name_all(incident, acting, cast.compliance_officer)
    run, _ = plan(incident, acting, cast.compliance_officer, "requeue")
    send_all()
    finish(run, cast.compliance_officer)
    row = RunRow.objects.get()
    assert row.state == RunRow.State.REFUSED
    assert Decision.objects.get(item=item).state == Decision.State.ACTIVE


def test_an_item_is_in_one_measure_at_a_time(acting, incident, cast):
    accepted(acting)
    name_all(incident, acting, cast.compliance_officer)
    run, _ = plan(incident, acting, cast.compliance_officer)
    with pytest.raises(InvalidInput) as refused:
        plan(incident, acting, cast.compliance_officer)
    assert refused.value.errors == {"in_another_run": "1"}
    bulk.stop(run_id=run.pk, actor=cast.compliance_officer)
    plan(incident, acting, cast.compliance_officer)


def test_a_measure_stops_with_the_right_of_who_began_it(acting, incident, cast):
    accepted(acting)
    name_all(incident, acting, cast.compliance_officer)
    run, _ = plan(incident, acting, cast.compliance_officer)
    cast.compliance_officer.groups.clear()
    finish(run, cast.compliance_officer)
    assert RunRow.objects.get().state == RunRow.State.REFUSED


def test_a_measure_is_not_taken_back(acting, incident, cast):
    accepted(acting)
    name_all(incident, acting, cast.compliance_officer)
    run, _ = plan(incident, acting, cast.compliance_officer)
    finish(run, cast.compliance_officer)
    with pytest.raises(Conflict):
        bulk.undo(run_id=run.pk, actor=cast.compliance_officer)


def test_reversals_wait_while_it_is_halted_and_go_out_after(acting, incident, cast):
    item = accepted(acting)
    send_all()
    name_all(incident, acting, cast.compliance_officer)
    halt(process=acting.pk, actor=ACTOR, reason="It errs.")
    run, _ = plan(incident, acting, cast.compliance_officer)
    finish(run, cast.compliance_officer)
    send_all()
    reversal = Effect.objects.get(item=item, compensates__isnull=False)
    assert (reversal.state, reversal.attempts) == (Effect.State.SCHEDULED, 0)
    Effect.objects.update(hint_at=timezone.now())
    assert effects.due_effects() == []
    go_on(process=acting.pk, actor=ACTOR)
    assert effects.due_effects() == [reversal.pk]
    effects.run(reversal.pk)
    reversal.refresh_from_db()
    assert reversal.state == Effect.State.DONE


def test_a_halt_between_the_look_and_the_write_sends_the_item_to_people(acting, monkeypatch):
    looks = iter([(), ("halted",)])
    halt(process=acting.pk, actor=ACTOR, reason="It errs.")
    monkeypatch.setattr(recording, "_obstacles", lambda *_: next(looks))
    item = accepted(acting)
    assert item.state == Item.State.WAITING
    assert not Decision.objects.filter(item=item).exists()
    assert item.routes.get().reasons[-1]["code"] == "halted"


def test_five_effects_that_fail_in_ten_minutes_open_one_incident(acting, cast):
    for _ in range(4):
        accepted(acting)
    now = timezone.now()
    Effect.objects.update(state="failed", finished_at=now)
    assert alarms.watch_effects() == []
    accepted(acting)
    Effect.objects.update(state="failed", finished_at=now)
    (opened,) = alarms.watch_effects()
    assert (opened.severity, opened.source, opened.process_id) == (3, "effects_failing", acting.pk)
    assert alarms.watch_effects() == [opened]
    Effect.objects.update(finished_at=now - timedelta(minutes=11))
    assert alarms.watch_effects() == []
