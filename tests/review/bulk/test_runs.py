"""One verb for many items: chosen, tried, done, stopped, undone."""

import pytest

from governance.errors import Conflict, InvalidInput
from governance.models import Entry
from review.bulk import choosing, operations, queries, verbs, working
from review.bulk.queries import consequences_of, progress_of
from review.decisions import operations as decisions
from review.models import Decision, Effect, Item, PassedOver, Queue, Run, RunRow, Task
from review.tasks import operations as tasks
from tests import factories

pytestmark = pytest.mark.django_db


def states(run):
    return sorted(run.rows.values_list("state", flat=True))


class TestDryRun:
    def test_nothing_is_done_to_the_items(self, bulk, line):
        run = bulk.plan()
        assert run.state == "planned"
        assert states(run) == ["waiting"] * 8
        assert not Decision.objects.exists()
        assert Entry.objects.get(kind="run.planned").data["items"] == 8

    def test_it_tells_the_effects_and_which_cannot_be_taken_back(self, bulk, line):
        (effect,) = consequences_of(bulk.plan())
        assert (effect.name, effect.count, effect.irreversible) == ("update-ticket", 8, "")
        assert consequences_of(bulk.plan("reject")) == []

    def test_what_the_model_is_unsure_of_is_left_out_by_default(self, bulk, process, line):
        unsure = factories.propose(factories.make_item(process), confidence=0.7)
        failed = factories.make_task(process, {"category": "other"}, external_id="F")
        route = failed.item.routes.get()
        route.reasons = [*route.reasons, {"code": "check_failed", "check": "x", "message": "y"}]
        route.save()
        run = bulk.plan()
        chosen = set(run.rows.values_list("item", flat=True))
        assert unsure.pk not in chosen
        assert failed.item_id not in chosen
        assert run.excluded["low_confidence"] == 1
        assert run.excluded["failed_check"] == 1
        assert run.excluded["doubtful"] == 0
        bold = bulk.plan(doubtful=True)
        assert bold.rows.count() == 10
        assert bold.excluded["doubtful"] == 2

    def test_work_for_independent_eyes_is_never_taken(self, bulk, process, line):
        factories.propose(factories.make_item(process, {"text": "x", "channel": "vip"}))
        factories.make_task(process, {"category": "meter"})  # compliance
        blind = factories.make_task(process)
        Task.objects.filter(pk=blind.pk).update(is_blind=True)
        for verb in ("accept", "reject", "release"):
            try:
                run = bulk.plan(verb, doubtful=True)
            except InvalidInput:
                assert verb == "release"
                continue
            assert run.rows.count() == 8
            assert run.excluded["two_people"] == 1
            assert run.excluded["compliance"] == 1
            assert run.excluded["blind"] == 1

    def test_what_others_hold_and_what_one_had_a_part_in_is_left_out(self, bulk, line, cast):
        factories.claim(line[0], cast.operator)
        PassedOver.objects.create(task=line[1], actor=cast.lead, kind="escalated", reason="x")
        run = bulk.plan()
        assert run.rows.count() == 6
        assert run.excluded["claimed"] == 1
        assert run.excluded["own_part"] == 1

    def test_a_queue_one_does_not_serve_is_left_out(self, bulk, line, cast):
        cast.lead.groups.clear()
        run_of = pytest.raises(InvalidInput)
        with run_of as refused:
            bulk.plan()
        assert refused.value.errors["not_served"] == "8"

    def test_at_most_a_thousand(self, bulk, line, monkeypatch):
        monkeypatch.setattr(choosing, "MOST_ITEMS", 5)
        run = bulk.plan()
        assert run.rows.count() == 5
        assert run.excluded["too_many"] == 3

    def test_only_what_fits_the_filter(self, bulk, line, index):
        index()
        run = bulk.plan(external_id="L-3")
        assert run.rows.get().item.external_id == "L-3"

    @pytest.mark.parametrize(
        ("verb", "options", "reason", "field"),
        [
            ("accept", {}, " ", "reason"),
            ("accept", {}, "x" * 501, "reason"),
            ("explode", {}, "x", "verb"),
            ("move", {"queue": 0}, "x", "queue"),
            ("give", {"to": None}, "x", "to"),
            ("priority", {"priority": 101}, "x", "priority"),
        ],
    )
    def test_what_is_missing_is_said_by_field(self, bulk, line, verb, options, reason, field):
        with pytest.raises(InvalidInput) as refused:
            bulk.plan(verb, options=options, reason=reason)
        assert field in refused.value.errors

    def test_nothing_is_moved_to_compliance_by_hand(self, bulk, line, process):
        queue = Queue.objects.get(process=process, name="compliance")
        with pytest.raises(InvalidInput):
            bulk.plan("move", options={"queue": queue.pk})


class TestDeciding:
    def test_the_first_few_are_done_and_then_the_run_waits(self, bulk, line):
        run = bulk.begin(bulk.plan())
        assert run.state == "waiting"
        assert states(run) == ["done"] * 5 + ["waiting"] * 3
        firsts = run.rows.filter(is_first=True).values_list("position", flat=True)
        assert {0, 7} <= set(firsts), "spread over the list"

    def test_confirmed_the_rest_is_done(self, bulk, line, cast):
        run = bulk.through(bulk.plan())
        assert run.state == "done"
        assert run.ended_at is not None
        made = Decision.objects.filter(run=run)
        assert made.count() == 8
        assert {one.actor for one in made} == {cast.lead}
        assert {one.reason for one in made} == {"All alike."}
        assert Effect.objects.filter(state="scheduled").count() == 8

    def test_each_decision_and_the_run_have_their_entries(self, bulk, line):
        run = bulk.through(bulk.plan())
        told = list(Entry.objects.filter(kind="decision.made"))
        assert len(told) == 8
        assert {one.data["run"] for one in told} == {str(run.pk)}
        kinds = ["run.planned", "run.started", "run.tried", "run.confirmed", "run.done"]
        entries = Entry.objects.filter(kind__startswith="run.").order_by("pk")
        assert [one.kind for one in entries] == kinds
        assert entries.last().data["done"] == 8
        assert Entry.objects.filter(kind="task.claimed").count() == 8

    def test_a_rejection_carries_the_reason(self, bulk, line):
        bulk.through(bulk.plan("reject"))
        assert {one.state for one in Item.objects.all()} == {"rejected"}

    def test_what_changed_since_the_dry_run_is_refused_row_by_row(self, bulk, line, cast, process):
        run = bulk.plan()
        factories.claim(line[0], cast.operator)
        held = factories.claim(line[1], cast.colleague)
        decisions.decide(task_id=held.pk, actor=cast.colleague, verdict="accept")
        Task.objects.filter(pk=line[2].pk).update(is_blind=True)
        run = bulk.through(run)
        notes = {row.item.external_id: row.note for row in run.rows.filter(state="refused")}
        assert notes["L-0"] == "Somebody holds it by now."
        assert "decided" in notes["L-1"]
        assert "independent" in notes["L-2"]
        assert progress_of(run).done == 5

    def test_another_candidate_than_the_one_chosen_is_not_accepted(self, bulk, line):
        run = bulk.plan()
        row = run.rows.first()
        row.before = {"candidate": str(row.pk)}
        row.save()
        run = bulk.through(run)
        assert run.rows.get(pk=row.pk).note == "The model has answered anew since the dry run."

    def test_a_right_that_was_taken_away_stops_the_rest(self, bulk, line, cast):
        run = bulk.begin(bulk.plan())
        cast.lead.groups.clear()
        run = bulk.go_on(run)
        assert progress_of(run).refused == 3

    @pytest.mark.parametrize(
        ("verb", "options"),
        [("accept", {}), ("priority", {"priority": 80})],
        ids=["accept", "other"],
    )
    def test_whoever_no_longer_leads_changes_nothing_more(self, bulk, line, cast, verb, options):
        run = bulk.begin(bulk.plan(verb, options=options))
        cast.lead.groups.clear()
        factories.grant_role(
            user=cast.lead,
            role=factories.Role.OPERATOR,
            process=bulk.process,
            actor="system:tests",
        )
        assert progress_of(bulk.go_on(run)).refused == 3

    def test_nobody_gets_a_second_part_in_an_item(self, bulk, line, cast):
        run = bulk.plan()
        Task.objects.create(
            item=line[0].item,
            queue=line[0].queue,
            kind="review",
            state="decided",
            claimed_by=cast.lead,
            due_at=line[0].due_at,
        )
        run = bulk.through(run)
        assert run.rows.get(item=line[0].item).note == "You have had a part in it already."

    def test_a_row_that_breaks_does_not_keep_the_others(self, bulk, line, monkeypatch):
        run = bulk.plan()
        broken = run.rows.first().pk
        do = verbs.do
        monkeypatch.setattr(
            verbs, "do", lambda run, row: 1 / 0 if row.pk == broken else do(run, row)
        )
        run = bulk.through(run)
        assert run.rows.get(pk=broken).note == "Unexpected: ZeroDivisionError."
        assert progress_of(run).done == 7

    def test_who_did_not_plan_it_does_not_begin_it(self, bulk, line, cast):
        run = bulk.plan()
        with pytest.raises(Conflict):
            operations.begin(run_id=run.pk, actor=cast.senior)

    def test_it_begins_once(self, bulk, line, cast):
        run = bulk.plan()
        bulk.begin(run)
        with pytest.raises(Conflict):
            operations.begin(run_id=run.pk, actor=cast.lead)


class TestStopping:
    def test_stopped_it_does_no_more_and_can_go_on(self, bulk, line, cast):
        run = bulk.begin(bulk.plan())
        operations.go_on(run_id=run.pk, actor=cast.lead)
        working.step(run.pk)
        operations.stop(run_id=run.pk, actor=cast.lead)
        assert working.work(run.pk) is False
        run.refresh_from_db()
        assert (run.state, progress_of(run).done) == ("stopped", 6)
        assert progress_of(bulk.go_on(run)).done == 8

    def test_a_dry_run_is_dropped(self, bulk, line, cast):
        run = bulk.plan()
        assert operations.stop(run_id=run.pk, actor=cast.lead).state == "dropped"
        with pytest.raises(Conflict):
            operations.begin(run_id=run.pk, actor=cast.lead)

    def test_a_lost_hint_is_given_again(self, bulk, line, cast, settings):
        run = bulk.plan()
        operations.begin(run_id=run.pk, actor=cast.lead)
        assert working.due_runs() == [run.pk]
        assert working.due_runs() == []
        settings.HINT_AGAIN_SECONDS = 0
        Run.objects.update(hint_at=run.created_at)
        assert working.due_runs() == [run.pk]

    def test_a_job_ends_in_time_and_says_that_more_is_left(self, bulk, line, cast):
        run = bulk.plan()
        operations.begin(run_id=run.pk, actor=cast.lead)
        assert working.work(run.pk, seconds=0) is True
        assert progress_of(run).done == 1


class TestUndoing:
    def test_every_decision_is_undone_and_the_tasks_stand_in_their_queue(self, bulk, line):
        run = bulk.undo(bulk.through(bulk.plan()))
        assert run.state == "undone"
        assert states(run) == ["undone"] * 8
        assert set(Decision.objects.values_list("state", flat=True)) == {"undone"}
        assert set(Task.objects.values_list("state", "claimed_by")) == {("open", None)}
        assert set(Effect.objects.values_list("state", flat=True)) == {"cancelled"}
        assert Entry.objects.filter(kind="decision.undone").count() == 8
        assert Entry.objects.get(kind="run.undone").data["undone"] == 8

    def test_after_the_first_few_too(self, bulk, line):
        run = bulk.undo(bulk.begin(bulk.plan()))
        assert states(run) == ["undone"] * 5 + ["waiting"] * 3

    def test_by_another_lead(self, bulk, line, process):
        other = factories.make_person("another", process, factories.Role.TEAM_LEAD)
        run = bulk.undo(bulk.through(bulk.plan()), actor=other)
        assert run.undone_by == other
        assert set(Task.objects.values_list("state", flat=True)) == {"open"}

    def test_what_cannot_be_undone_is_listed_with_the_reason(self, bulk, line, cast):
        run = bulk.through(bulk.plan())
        changed = run.rows.get(position=0).decision
        decisions.amend(decision_id=changed.pk, actor=cast.lead, verdict="reject", reason="No.")
        run = bulk.undo(run)
        kept = run.rows.get(state="kept")
        assert kept.decision == changed
        assert "superseded" in kept.note
        assert progress_of(run).undone == 7

    def test_what_was_sent_for_good_is_said(self, bulk, line):
        run = bulk.through(bulk.plan())
        sent = Effect.objects.filter(decision=run.rows.get(position=3).decision)
        sent.update(state="done", compensation=None, irreversible="It is gone.")
        run = bulk.undo(run)
        assert "It is gone." in run.rows.get(position=3).note
        assert run.rows.get(position=3).state == "undone"

    def test_there_has_to_be_something(self, bulk, line, cast):
        run = bulk.plan()
        with pytest.raises(Conflict):
            operations.undo(run_id=run.pk, actor=cast.lead)


class TestOtherVerbs:
    def test_priority_and_back(self, bulk, line):
        order = line[0].order_at
        run = bulk.through(bulk.plan("priority", options={"priority": 90}))
        assert set(Task.objects.values_list("priority", flat=True)) == {90}
        assert set(Item.objects.values_list("priority", flat=True)) == {90}
        assert Task.objects.get(pk=line[0].pk).order_at < order
        bulk.undo(run)
        assert set(Task.objects.values_list("priority", flat=True)) == {50}
        assert Task.objects.get(pk=line[0].pk).order_at == order

    def test_move_and_back(self, bulk, line, process):
        senior = Queue.objects.get(process=process, name="senior")
        run = bulk.through(bulk.plan("move", options={"queue": senior.pk}))
        assert set(Task.objects.values_list("queue__name", flat=True)) == {"senior"}
        assert Entry.objects.filter(kind="task.moved").count() == 8
        bulk.undo(run)
        assert set(Task.objects.values_list("queue__name", flat=True)) == {"desk"}

    def test_give_and_back(self, bulk, line, cast):
        held = factories.claim(line[0], cast.operator)
        run = bulk.through(bulk.plan("give", options={"to": str(cast.colleague.pk)}))
        assert Task.objects.filter(claimed_by=cast.colleague).count() == 8
        bulk.undo(run)
        assert Task.objects.get(pk=held.pk).claimed_by == cast.operator
        assert Task.objects.filter(state="open").count() == 7

    def test_giving_to_who_does_not_serve_takes_nothing(self, bulk, line, cast):
        with pytest.raises(InvalidInput) as refused:
            bulk.plan("give", options={"to": str(cast.outsider.pk)})
        assert refused.value.errors["to_cannot"] == "8"

    def test_release_and_back(self, bulk, line, cast):
        held = factories.claim(line[0], cast.operator)
        run = bulk.through(bulk.plan("release"))
        assert run.excluded["not_claimed"] == 7
        assert Task.objects.get(pk=held.pk).state == "open"
        bulk.undo(run)
        assert Task.objects.get(pk=held.pk).claimed_by == cast.operator

    def test_what_moved_on_since_is_kept(self, bulk, line, cast):
        run = bulk.through(bulk.plan("priority", options={"priority": 90}))
        Task.objects.filter(pk=line[0].pk).update(priority=10)
        held = factories.claim(line[1], cast.operator)
        tasks.release(task_id=held.pk, actor=cast.operator)
        run = bulk.undo(run)
        assert run.rows.get(state=RunRow.State.KEPT).item == line[0].item


class TestHalfTakenBack:
    def test_a_run_does_not_go_on_behind_its_undo(self, bulk, line, cast):
        run = bulk.begin(bulk.plan())
        operations.undo(run_id=run.pk, actor=cast.lead)
        assert working.step(run.pk)
        operations.stop(run_id=run.pk, actor=cast.lead)
        with pytest.raises(Conflict):
            operations.go_on(run_id=run.pk, actor=cast.lead)
        assert set(bulk.undo(run).rows.values_list("state", flat=True)) == {"undone", "waiting"}

    def test_a_note_far_down_is_among_those_that_are_read(self, bulk, line, monkeypatch):
        monkeypatch.setattr(queries, "PAGE_ROWS", 1)
        run = bulk.through(bulk.plan())
        run.rows.update(state="undone")
        run.rows.filter(position=7).update(note="It is gone.")
        assert [row.position for row in queries.rows_of(run, ["undone"], noted=True)] == [7]
