"""What a halt alone left with people goes back to the model in bulk, when the halt is over."""

import pytest
from django.urls import reverse

from governance.approvals import operations as approvals
from governance.errors import Conflict, InvalidInput, NotAllowed
from governance.incidents import thresholds
from governance.incidents.operations import go_on, halt
from governance.models import Approval, Entry
from governance.roles.keys import issue_key
from governance.roles.scopes import OF_PEOPLE
from review.bulk import giving_back, operations, working
from review.models import Decision, Item, Route, Run, Task
from tests import factories

pytestmark = pytest.mark.django_db
ACTOR = factories.ACTOR


@pytest.fixture
def left(process, cast, index):
    """Three items that went to people for a halt alone, which is over, and one that did not."""
    factories.enter_stage("desk", "full")
    halt(process="desk", actor=ACTOR, reason="Stop.")
    items = [factories.propose(factories.make_item(process)) for _ in range(3)]
    unsure = factories.propose(factories.make_item(process), confidence=0.6)
    assert {one.state for one in [*items, unsure]} == {"waiting"}
    go_on(process="desk", actor=ACTOR)
    index()
    return items


def plan(actor, reason="It is over."):
    return giving_back.plan(process="desk", reason=reason, actor=actor)


def through(run):
    operations.begin(run_id=run.pk, actor=run.actor)
    while working.work(run.pk):
        pass
    run.refresh_from_db()
    return run


def test_a_dry_run_counts_and_does_nothing(left, cast):
    run, choice = plan(cast.lead)
    assert len(choice.chosen) == 3
    assert choice.excluded == {"not_halt_alone": 1}
    assert run.state == "planned"
    assert not Decision.objects.exists()


def test_the_model_decides_what_it_may(left, cast):
    run = through(plan(cast.lead)[0])
    assert run.state == "done"
    for item in left:
        decision = Decision.objects.get(item=item)
        assert (decision.actor, decision.verdict, decision.settles) == (None, "accept", True)
        assert decision.effects.get().state == "scheduled"
        assert [task.state for task in Task.objects.filter(item=item)] == ["cancelled"]
        route = Route.objects.get(item=item)
        assert route.outcome == "automatic"
        assert [one["code"] for one in route.reasons] == ["all_fields_in_band"]
        told = Entry.objects.filter(item=item.pk, kind="item.routed").order_by("pk")
        assert [entry.data["outcome"] for entry in told] == ["review", "automatic"]
        assert told.last().data["run"] == str(run.pk)
        assert told.last().actor == f"user:{cast.lead.pk}"
    assert Decision.objects.count() == 3


def test_the_run_is_undone_as_a_whole(left, cast):
    run = through(plan(cast.lead)[0])
    operations.undo(run_id=run.pk, actor=cast.lead)
    while working.work(run.pk):
        pass
    assert set(Decision.objects.values_list("state", flat=True)) == {"undone"}
    assert {one.state for one in Item.objects.all()} == {"waiting"}


def test_what_somebody_has_taken_up_stays_theirs(left, cast):
    factories.claim(Task.objects.get(item=left[0]), cast.operator)
    _, choice = plan(cast.lead)
    assert choice.excluded == {"claimed": 1, "not_halt_alone": 1}


def refused_rows(run):
    return [row.note for row in run.rows.filter(state="refused")]


def test_what_is_taken_up_after_the_dry_run_stays_theirs(left, cast):
    run, _ = plan(cast.lead)
    factories.claim(Task.objects.get(item=left[0]), cast.operator)
    assert refused_rows(through(run)) == ["Somebody has taken it up by now."]


def halted_anew():
    halt(process="desk", actor=ACTOR, reason="Again.")


def stage_withdrawn():
    for one in Approval.objects.filter(process="desk", kind="stage", state="granted"):
        approvals.withdraw(approval_id=one.pk, actor=one.requested_by, reason="Wrong.")


@pytest.mark.parametrize(
    ("spoil", "code"), [(halted_anew, "halted"), (stage_withdrawn, "stage_not_approved")]
)
def test_what_keeps_the_model_from_acting_holds_here_too(left, cast, spoil, code):
    run, _ = plan(cast.lead)
    spoil()
    with pytest.raises(InvalidInput) as caught:
        plan(cast.lead)
    assert caught.value.errors["may_not_act"] == "3"
    notes = refused_rows(through(run))
    assert notes == [f"The model may not act alone on it now: {code}."] * 3
    assert not Decision.objects.exists()


def test_a_raised_threshold_holds_here_too(left, cast):
    run, _ = plan(cast.lead)
    thresholds.raise_thresholds(process="desk", floor=0.999, actor=ACTOR, reason="It errs.")
    assert all("threshold_raised" in note for note in refused_rows(through(run)))
    assert not Decision.objects.exists()


def test_a_paused_model_gets_nothing(left, cast):
    from governance.rollout.operations import pause

    pause(process="desk", actor=ACTOR)
    with pytest.raises(Conflict, match="paused"):
        plan(cast.lead)


def test_it_takes_the_right_to_halt(left, cast):
    with pytest.raises(NotAllowed):
        plan(cast.model_owner)
    with pytest.raises(InvalidInput):
        plan(cast.lead, reason=" ")


def test_the_button_plans_and_the_run_is_opened_by_who_may_halt(left, cast, client):
    client.force_login(cast.compliance_officer)
    page = client.get(reverse("processes")).content.decode()
    assert reverse("process-give-back", args=["desk"]) in page
    answer = client.post(reverse("process-give-back", args=["desk"]), {"reason": "Over."})
    run = Run.objects.get()
    assert answer.url == reverse("run", args=[run.pk])
    page = client.get(answer.url).content.decode()
    assert "Give back to the model" in page
    assert "something else than a halt spoke against it too" in page
    assert "update-ticket" in page
    assert client.post(reverse("run-begin", args=[run.pk])).status_code == 302


def test_without_a_halt_lately_there_is_no_button(process, cast, client):
    client.force_login(cast.compliance_officer)
    assert "give-back" not in client.get(reverse("processes")).content.decode()


def test_the_api_counts_and_then_does(left, cast, client):
    _, secret = issue_key(actor=ACTOR, scopes=OF_PEOPLE, user=cast.lead)
    told = {"headers": {"Authorization": f"Bearer {secret}"}, "content_type": "application/json"}
    address = "/api/v1/processes/desk/give-back/"
    counted = client.post(address, {"reason": "Over."}, **told).json()
    assert (counted["state"], counted["items"], counted["waiting"]) == ("planned", 3, 3)
    assert counted["left_out"] == {"not_halt_alone": 1}
    begun = client.post(f"{address}{counted['id']}/", **told).json()
    assert begun["state"] == "running"
    assert client.post(f"{address}{counted['id']}/", **told).status_code == 409
