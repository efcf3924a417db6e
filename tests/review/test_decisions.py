"""Deciding, undoing, amending; four eyes; quality samples; each with what it leaves behind."""

import pytest
from django.db import IntegrityError, connection, transaction

from governance.errors import Conflict, InvalidInput
from governance.models import Entry
from review.decisions import operations as decisions
from review.effects import operations as effects
from review.models import Decision, Draft, Effect, Item, Task
from review.tasks import operations as tasks
from review.tasks.operations import ClaimLost
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def effect_files(settings, tmp_path):
    settings.EFFECT_FILE_ROOT = tmp_path
    return tmp_path / "tickets.jsonl"


def kinds(item_id):
    return list(Entry.objects.filter(item=item_id).order_by("id").values_list("kind", flat=True))


def run_all(item_id):
    for _ in range(4):
        Effect.objects.filter(item=item_id).update(due_at="2020-01-01T00:00Z")
        for effect in Effect.objects.filter(item=item_id, state="scheduled").order_by("pk"):
            effects.run(effect.pk)
    return Item.objects.get(pk=item_id)


def test_accepting_schedules_the_effect_for_the_end_of_the_undo_window(process, cast):
    decision = factories.make_decision(process, cast.operator)
    effect = Effect.objects.get(decision=decision)
    assert effect.state == "scheduled"
    assert effect.due_at == decision.undo_until
    assert (decision.undo_until - decision.created_at).total_seconds() == 30
    assert Item.objects.get(pk=decision.item_id).state == "decided"
    effects.run(effect.pk)  # not due yet: nothing happens
    effect.refresh_from_db()
    assert (effect.state, effect.attempts) == ("scheduled", 0)


def test_the_effect_once_due_completes_the_item(process, cast, effect_files):
    decision = factories.make_decision(process, cast.operator)
    item = run_all(decision.item_id)
    assert item.state == "completed"
    assert item.ended_at is not None
    assert effect_files.read_text().count("\n") == 1
    assert kinds(item.pk)[-2:] == ["effect.done", "item.completed"]


def test_rejecting_needs_a_reason_and_ends_the_item_without_effects(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    with pytest.raises(InvalidInput) as caught:
        decisions.decide(task_id=task.pk, actor=cast.operator, verdict="reject")
    assert caught.value.errors == {"reason": "A reason is needed."}
    decisions.decide(task_id=task.pk, actor=cast.operator, verdict="reject", reason="No.")
    assert Item.objects.get(pk=task.item_id).state == "rejected"
    assert not Effect.objects.exists()


def test_correcting_is_held_against_the_contract(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    with pytest.raises(InvalidInput) as caught:
        decisions.decide(
            task_id=task.pk, actor=cast.operator, verdict="correct", output={"category": "x"}
        )
    assert list(caught.value.errors) == ["output.category"]
    assert not Decision.objects.exists()
    decided = decisions.decide(
        task_id=task.pk, actor=cast.operator, verdict="correct", output={"category": "other"}
    )
    assert decided.decision.output == {"category": "other"}


def test_a_correction_that_corrects_nothing_counts_as_acceptance(process, cast):
    """Else the override rate would count people who pressed the other button."""
    task = factories.make_claimed_task(process, cast.operator)
    decided = decisions.decide(
        task_id=task.pk, actor=cast.operator, verdict="correct", output={"category": "bill"}
    )
    assert decided.decision.verdict == "accept"


def test_accepting_with_another_output_is_refused(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    with pytest.raises(InvalidInput):
        decisions.decide(
            task_id=task.pk, actor=cast.operator, verdict="accept", output={"category": "other"}
        )


def test_a_blind_task_cannot_be_accepted(process, cast):
    item = factories.leave_to_people(factories.make_item(process))
    task = factories.claim(item.tasks.get(), cast.operator)
    assert task.kind == "manual"
    assert task.is_blind
    with pytest.raises(InvalidInput):
        decisions.decide(task_id=task.pk, actor=cast.operator, verdict="accept")


def test_a_lost_claim_is_a_conflict_and_keeps_the_draft(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    tasks.reassign(task_id=task.pk, to=cast.colleague, actor=cast.lead)
    with pytest.raises(ClaimLost):
        decisions.decide(
            task_id=task.pk, actor=cast.operator, verdict="correct", output={"category": "other"}
        )
    assert not Decision.objects.exists()
    draft = Draft.objects.get(task=task, actor=cast.operator)
    assert draft.output == {"category": "other"}


def test_a_second_decision_is_refused_and_leaves_no_trace(process, cast):
    decision = factories.make_decision(process, cast.operator)
    before = kinds(decision.item_id)
    with pytest.raises(ClaimLost):
        decisions.decide(task_id=decision.task_id, actor=cast.operator, verdict="accept")
    assert Decision.objects.count() == 1
    assert kinds(decision.item_id) == before


def test_deciding_drops_the_drafts(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    tasks.save_draft(task_id=task.pk, actor=cast.operator, output={"category": "bill"})
    decisions.decide(task_id=task.pk, actor=cast.operator, verdict="accept")
    assert not Draft.objects.exists()


def test_decide_and_next_claims_the_next_task_with_few_statements(
    process, cast, django_assert_max_num_queries
):
    first = factories.make_task(process)
    second = factories.make_task(process)
    factories.claim(first, cast.operator)
    with django_assert_max_num_queries(10):  # of them two are this test's savepoint
        decided = decisions.decide(
            task_id=first.pk, actor=cast.operator, verdict="accept", next_queue=first.queue
        )
    assert decided.claim is not None
    assert decided.claim.task_id == second.pk
    assert Task.objects.get(pk=second.pk).claimed_by == cast.operator


# --- undo ---------------------------------------------------------------------------------


def test_undo_inside_the_window_cancels_and_gives_the_task_back(process, cast, effect_files):
    decision = factories.make_decision(process, cast.operator)
    undone = decisions.undo(decision_id=decision.pk, actor=cast.operator)
    assert [w.what for w in undone.withdrawals] == ["cancelled"]
    task = Task.objects.get(pk=decision.task_id)
    assert (task.state, task.claimed_by) == ("claimed", cast.operator)
    item = run_all(decision.item_id)
    assert item.state == "waiting"
    assert not effect_files.exists()
    assert kinds(item.pk)[-3:] == ["decision.undone", "effect.cancelled", "task.reopened"]


def test_undo_after_the_effect_compensates(process, cast, effect_files):
    decision = factories.make_decision(process, cast.operator)
    run_all(decision.item_id)
    undone = decisions.undo(decision_id=decision.pk, actor=cast.operator)
    assert [w.what for w in undone.withdrawals] == ["compensating"]
    item = run_all(decision.item_id)
    assert item.state == "waiting"
    states = list(Effect.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["compensated", "done"]
    assert effect_files.read_text().count("\n") == 2


def test_undo_twice_is_a_conflict(process, cast):
    decision = factories.make_decision(process, cast.operator)
    decisions.undo(decision_id=decision.pk, actor=cast.operator)
    with pytest.raises(Conflict):
        decisions.undo(decision_id=decision.pk, actor=cast.operator)


def test_what_was_undone_can_be_decided_anew(process, cast):
    decision = factories.make_decision(process, cast.operator)
    decisions.undo(decision_id=decision.pk, actor=cast.operator)
    decisions.decide(
        task_id=decision.task_id,
        actor=cast.operator,
        verdict="correct",
        output={"category": "other"},
    )
    assert run_all(decision.item_id).state == "completed"


def test_a_lead_undoes_for_another_and_the_task_goes_back_to_the_queue(process, cast):
    decision = factories.make_decision(process, cast.operator)
    decisions.undo(decision_id=decision.pk, actor=cast.lead)
    task = Task.objects.get(pk=decision.task_id)
    assert (task.state, task.claimed_by) == ("open", None)


def test_undoing_an_automatic_acceptance_opens_a_review(process, cast):
    factories.enter_stage(process.pk, "full")
    item = factories.propose(factories.make_item(process))
    decision = Decision.objects.get(item=item)
    assert (decision.actor, decision.task, item.state) == (None, None, "decided")
    decisions.undo(decision_id=decision.pk, actor=cast.lead)
    assert Item.objects.get(pk=item.pk).state == "waiting"
    assert Task.objects.get(item=item).kind == "review"


# --- amend --------------------------------------------------------------------------------


def test_amending_takes_back_then_does_anew_in_that_order(process, cast, effect_files):
    decision = factories.make_decision(process, cast.operator)
    run_all(decision.item_id)
    amended = decisions.amend(
        decision_id=decision.pk,
        actor=cast.operator,
        verdict="correct",
        output={"category": "other"},
    )
    replacement = amended.decision
    assert replacement.supersedes_id == decision.pk
    compensation = Effect.objects.get(compensates__isnull=False)
    again = Effect.objects.get(decision=replacement, compensates__isnull=True)
    Effect.objects.update(due_at="2020-01-01T00:00Z")
    effects.run(again.pk)  # must wait for the compensation
    again.refresh_from_db()
    assert again.state == "scheduled"
    effects.run(compensation.pk)
    effects.run(again.pk)
    assert Item.objects.get(pk=decision.item_id).state == "completed"
    assert effect_files.read_text().count("\n") == 3


def test_amending_to_the_same_is_a_conflict(process, cast):
    decision = factories.make_decision(process, cast.operator)
    with pytest.raises(Conflict):
        decisions.amend(
            decision_id=decision.pk,
            actor=cast.operator,
            verdict="accept",
        )


# --- four eyes ----------------------------------------------------------------------------


@pytest.fixture
def vip(process):
    """An item that two people look at: its two open tasks."""
    item = factories.propose(factories.make_item(process, {"text": "Dear sirs", "channel": "vip"}))
    return item, item.tasks.get(kind="review"), item.tasks.get(kind="second_review")


def test_one_decision_does_not_settle_what_needs_two(vip, cast):
    item, review, _ = vip
    factories.claim(review, cast.operator)
    decisions.decide(task_id=review.pk, actor=cast.operator, verdict="accept")
    assert Item.objects.get(pk=item.pk).state == "waiting"
    assert not Effect.objects.exists()


def test_two_that_agree_settle(vip, cast):
    item, review, second = vip
    factories.claim(review, cast.operator)
    decisions.decide(task_id=review.pk, actor=cast.operator, verdict="accept")
    factories.claim(second, cast.senior)
    decisions.decide(
        task_id=second.pk, actor=cast.senior, verdict="correct", output={"category": "bill"}
    )
    assert Item.objects.get(pk=item.pk).state == "decided"
    assert Effect.objects.count() == 1
    first = Decision.objects.get(task=review)
    with pytest.raises(Conflict, match="later decision"):
        decisions.undo(decision_id=first.pk, actor=cast.operator)


def test_two_that_differ_go_to_adjudication(vip, cast):
    item, review, second = vip
    factories.claim(review, cast.operator)
    decisions.decide(task_id=review.pk, actor=cast.operator, verdict="accept")
    factories.claim(second, cast.senior)
    decisions.decide(task_id=second.pk, actor=cast.senior, verdict="reject", reason="No.")
    assert Item.objects.get(pk=item.pk).state == "waiting"
    adjudication = Task.objects.get(item=item, kind="adjudication")
    factories.claim(adjudication, cast.lead)
    decisions.decide(task_id=adjudication.pk, actor=cast.lead, verdict="accept")
    assert run_all(item.pk).state == "completed"


def test_the_second_slot_is_never_offered_to_the_first_reviewer(vip, cast):
    _, review, second = vip
    factories.claim(review, cast.senior)
    decisions.decide(task_id=review.pk, actor=cast.senior, verdict="accept")
    from review.tasks.claims import claim_next

    assert claim_next(queue=second.queue, actor_id=cast.senior.pk) is None
    assert claim_next(queue=second.queue, actor_id=cast.lead.pk) is not None


def test_the_database_refuses_two_slots_for_one_person_even_by_plain_sql(vip, cast):
    _, review, second = vip
    factories.claim(review, cast.senior)
    with pytest.raises(IntegrityError, match="one_slot_a_person"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE review_task SET state = 'claimed', claimed_by_id = %s, "
                "claimed_at = now(), lease_until = now() WHERE id = %s",
                [cast.senior.pk, second.pk],
            )
    with pytest.raises(Conflict, match="another slot"):
        tasks.reassign(task_id=second.pk, to=cast.senior, actor=cast.lead)


# --- quality samples ----------------------------------------------------------------------


@pytest.fixture
def sampled():
    """An automatic item drawn as a quality sample."""
    process = factories.make_process("sampled", stage="full", sample_rate=1.0)
    cast = factories.make_cast(process)
    item = factories.propose(factories.make_item(process))
    return item, item.tasks.get(), cast


def test_a_sample_is_judged_blind_and_agreement_changes_nothing(sampled):
    item, task, cast = sampled
    assert (task.kind, task.is_blind, item.state) == ("quality", True, "decided")
    factories.claim(task, cast.senior)
    decisions.decide(
        task_id=task.pk, actor=cast.senior, verdict="correct", output={"category": "bill"}
    )
    assert Decision.objects.filter(item=item, settles=True).get().actor is None
    assert run_all(item.pk).state == "completed"


def test_a_sample_that_differs_corrects_the_automatic_decision(sampled, effect_files):
    item, task, cast = sampled
    run_all(item.pk)
    factories.claim(task, cast.senior)
    decisions.decide(
        task_id=task.pk, actor=cast.senior, verdict="correct", output={"category": "other"}
    )
    standing = Decision.objects.get(item=item, settles=True, state="active")
    assert standing.output == {"category": "other"}
    assert run_all(item.pk).state == "completed"
    assert effect_files.read_text().count("\n") == 3  # done, taken back, done anew
    sample = Decision.objects.get(task=task)
    with pytest.raises(Conflict, match="undo that correction"):
        decisions.undo(decision_id=sample.pk, actor=cast.senior)


def test_undoing_an_automatic_acceptance_asks_two_people_where_the_contract_does(process, cast):
    factories.enter_stage(process.pk, "full")
    item = factories.propose(factories.make_item(process, {"text": "Dear", "channel": "vip"}))
    decision = Decision.objects.get(item=item)
    decisions.undo(decision_id=decision.pk, actor=cast.lead)
    opened = Task.objects.filter(item=item, state="open")
    assert sorted(opened.values_list("kind", "slots")) == [("review", 2), ("second_review", 2)]


def test_who_differed_cannot_decide_anew_knowing_the_other_verdict(vip, cast):
    _, review, second = vip
    factories.claim(review, cast.operator)
    decisions.decide(task_id=review.pk, actor=cast.operator, verdict="accept")
    factories.claim(second, cast.senior)
    decisions.decide(task_id=second.pk, actor=cast.senior, verdict="reject", reason="No.")
    mine = Decision.objects.get(task=review)
    with pytest.raises(Conflict, match="a third settles it"):
        decisions.undo(decision_id=mine.pk, actor=cast.operator)
    decisions.undo(decision_id=mine.pk, actor=cast.lead)
    assert not Task.objects.filter(kind="adjudication", state="open").exists()
