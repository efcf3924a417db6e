"""Release and refusal: by an officer who had no part in the decision, by a policy in force."""

from datetime import timedelta

import pytest
from django.db import Error, transaction
from django.utils import timezone

from governance.approvals import operations as approvals
from governance.errors import Conflict, InvalidInput, NotAllowed
from governance.models import Approval, Entry
from governance.policies import operations as policies
from governance.roles.operations import grant_role
from governance.roles.roles import Role
from review.console.workspace import open_workspace
from review.decisions import operations as decisions
from review.effects import operations as effects
from review.gate import answering
from review.gate.answering import Citation
from review.gate.models import GateHold
from review.models import Decision, Effect, Item, Notice, Task
from review.notices.texts import text_of
from tests import factories
from tests.review.gate import scenes

pytestmark = pytest.mark.django_db


@pytest.fixture
def process(db):
    return scenes.gated("{risks: [low]}")


@pytest.fixture
def hold(process, cast):
    return scenes.held(process, cast.operator)


@pytest.fixture
def policy(process):
    return scenes.policy_in_force(process)


def sent(effect: Effect) -> str:
    """The effect's state after its worker came by, with its window ended."""
    past = timezone.now() - timedelta(seconds=1)
    Effect.objects.filter(pk=effect.pk).update(due_at=past)
    effects.run(effect.pk)
    effect.refresh_from_db()
    return effect.state


def test_what_is_released_is_sent_when_the_undo_window_has_ended(hold, cast, tmp_path, settings):
    settings.EFFECT_FILE_ROOT = tmp_path
    answering.release(hold_id=hold.pk, actor=cast.compliance_officer, comment="Fine.")
    hold.refresh_from_db()
    assert (hold.state, hold.answered_by) == ("released", cast.compliance_officer)
    effect = Effect.objects.get()
    assert (effect.is_held, effect.due_at) == (False, hold.decision.undo_until)
    assert sent(effect) == "done"
    assert Item.objects.get().state == "completed"
    entry = Entry.objects.get(kind="gate.released")
    assert entry.actor == f"user:{cast.compliance_officer.pk}"
    assert "Fine." not in str(entry.data)


def test_what_is_refused_is_undone_and_decided_anew_with_the_officers_note(hold, cast, policy):
    undone = answering.refuse(
        hold_id=hold.pk,
        actor=cast.compliance_officer,
        citation=Citation(policy, "other-matters"),
        comment="Say which bill.",
    )
    hold.refresh_from_db()
    assert (hold.state, hold.policy_version, hold.heading) == ("refused", policy, "other-matters")
    assert Effect.objects.get().state == "cancelled"
    assert undone.decision.state == "undone"
    task = Task.objects.get()
    assert (task.state, Item.objects.get().state) == ("open", "waiting")
    claimed = factories.claim(task, cast.colleague)
    work = open_workspace(claimed.pk, cast.colleague)
    assert work.reasons[0] == (
        "Compliance refused what was decided before, by Replies, version 1, Other matters:"
        " “Say which bill.”"
    )
    again = decisions.decide(task_id=task.pk, actor=cast.colleague, verdict="accept").decision
    assert again.gate_hold.state == "waiting"
    entry = Entry.objects.get(kind="gate.refused")
    assert (entry.data["policy"], entry.data["version"]) == ("replies", 1)
    assert entry.data["digest"] == policy.digest
    assert "which bill" not in str(entry.data)
    notice = Notice.objects.get(kind="decision_changed")
    assert notice.person == cast.operator
    said = f"Compliance refused what you decided: Help desk, item {str(hold.item_id)[-6:]}"
    assert text_of(notice) == said


def test_a_refused_automatic_decision_goes_to_people(cast, policy):
    process = scenes.gated("{risks: [low]}", slug="auto", stage="full")
    officer = factories.make_person("officer", process, Role.COMPLIANCE_OFFICER)
    everywhere = scenes.policy_in_force(None, slug="everywhere")
    item = factories.propose(factories.make_item(process))
    hold = GateHold.objects.get(item=item)
    answering.refuse(
        hold_id=hold.pk, actor=officer, citation=Citation(everywhere), comment="Wrong."
    )
    assert Task.objects.get(item=item, kind="review").state == "open"
    with pytest.raises(Conflict, match="refused already"):
        answering.release(hold_id=hold.pk, actor=officer)


def officer_too(process, person):
    grant_role(user=person, role=Role.COMPLIANCE_OFFICER, process=process, actor=factories.ACTOR)


def test_who_decided_does_not_answer(hold, cast, process, policy, duties_together):
    officer_too(process, cast.operator)
    with pytest.raises(NotAllowed):
        answering.release(hold_id=hold.pk, actor=cast.operator)
    with pytest.raises(NotAllowed):
        answering.refuse(
            hold_id=hold.pk, actor=cast.operator, citation=Citation(policy), comment="No."
        )


def test_who_amended_does_not_answer_for_the_amendment(hold, cast, process, duties_together):
    officer_too(process, cast.lead)
    amended = decisions.amend(
        decision_id=hold.decision_id,
        actor=cast.lead,
        verdict="correct",
        output={"category": "other"},
    ).decision
    for person in (cast.lead, cast.operator):
        with pytest.raises(NotAllowed):
            answering.release(hold_id=amended.gate_hold.pk, actor=person)
    answering.release(hold_id=amended.gate_hold.pk, actor=cast.compliance_officer)


@pytest.mark.parametrize("state", ["released", "refused"])
def test_the_database_refuses_the_answer_of_who_decided(hold, cast, policy, state):
    changes = {"answered_at": timezone.now(), "comment": "Mine.", "policy_version": policy}
    with pytest.raises(Error, match="who decided"), transaction.atomic():
        GateHold.objects.update(state=state, answered_by=cast.operator, **changes)
    GateHold.objects.update(state=state, answered_by=cast.compliance_officer, **changes)
    with pytest.raises(Error, match="do not change"), transaction.atomic():
        GateHold.objects.update(answered_by=cast.auditor)


def test_the_database_refuses_a_refusal_without_policy_or_comment(hold, cast, policy):
    answered = {"answered_at": timezone.now(), "answered_by": cast.compliance_officer}
    for lacking in ({"comment": "No."}, {"policy_version": policy}):
        with pytest.raises(Error, match="refusal_cites"), transaction.atomic():
            GateHold.objects.update(state="refused", **answered, **lacking)


def test_a_refusal_needs_a_comment_and_a_heading_that_is_there(hold, cast, policy):
    given = {"hold_id": hold.pk, "actor": cast.compliance_officer}
    with pytest.raises(InvalidInput):
        answering.refuse(**given, citation=Citation(policy), comment="  ")
    with pytest.raises(InvalidInput):
        answering.refuse(**given, citation=Citation(policy, "nowhere"), comment="No.")


def test_only_a_policy_in_force_here_is_cited(hold, cast, policy):
    elsewhere = scenes.policy_in_force(factories.make_process("other-desk"), slug="elsewhere")
    newer = policies.write(policy_id=policy.policy_id, text="# New", actor=cast.auditor, follows=1)
    given = {"hold_id": hold.pk, "actor": cast.compliance_officer, "comment": "No."}
    for version in (elsewhere, newer):
        with pytest.raises(Conflict, match="not in force"):
            answering.refuse(**given, citation=Citation(version))
    with pytest.raises(InvalidInput):
        answering.cited("desk", "elsewhere")
    granted = Approval.objects.get(kind="policy", state="granted", digest=policy.digest)
    approvals.withdraw(approval_id=granted.pk, actor=cast.owner, reason="Too old.")
    with pytest.raises(Conflict, match="not in force"):
        answering.refuse(**given, citation=Citation(policy))


def test_a_hold_is_answered_once(hold, cast, policy):
    given = {"hold_id": hold.pk, "actor": cast.compliance_officer}
    answering.release(**given)
    with pytest.raises(Conflict, match="released already"):
        answering.release(**given)
    with pytest.raises(Conflict, match="released already"):
        answering.refuse(**given, citation=Citation(policy), comment="Late.")


def test_what_was_withdrawn_is_not_released(hold, cast):
    decisions.undo(decision_id=hold.decision_id, actor=cast.operator)
    with pytest.raises(Conflict, match="withdrawn"):
        answering.release(hold_id=hold.pk, actor=cast.compliance_officer)


def test_a_released_decision_can_still_be_undone(hold, cast):
    answering.release(hold_id=hold.pk, actor=cast.compliance_officer)
    decisions.undo(decision_id=hold.decision_id, actor=cast.operator)
    assert Effect.objects.get().state == "cancelled"
    assert Decision.objects.get().state == "undone"
