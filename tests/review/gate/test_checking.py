"""Checks that take their time: own functions, tests, a second model; whatever breaks, holds."""

from datetime import timedelta

import pytest
from django.utils import timezone

from governance.models import Entry
from integrations.providers.base import ProviderPermanent, ProviderTransient
from review.decisions import operations as decisions
from review.gate import checking
from review.gate.jobs import sweep
from review.gate.models import GateHold
from review.items import proposing
from review.models import Call, Effect, Item, Notice
from tests import factories
from tests.review.gate import scenes

pytestmark = pytest.mark.django_db

HERE = "tests.review.gate.scenes"


@pytest.fixture(autouse=True)
def callables(settings):
    names = ("passes", "tells", "breaks", "fails_for_now", "answers_nonsense")
    settings.GATE_CALLABLES = tuple(f"{HERE}:{name}" for name in names)


def own(name: str, **options):
    """A process whose gate calls one of the scenes' functions, and a hold of it."""
    gate = f"{{checks: [{{name: own, callable: '{HERE}:{name}', message: Look.}}]}}"
    process = scenes.gated(gate)
    return scenes.held(process, factories.make_cast(process).operator, **options)


def checked(hold: GateHold) -> GateHold:
    checking.check(hold.pk)
    hold.refresh_from_db()
    return hold


def test_effects_wait_until_the_checks_are_through_and_are_due_then():
    hold = own("passes")
    assert hold.state == "checking"
    assert Effect.objects.get().is_held
    assert checked(hold).state == "passed"
    effect = Effect.objects.get()
    assert not effect.is_held
    assert effect.due_at == effect.hint_at == hold.decision.undo_until
    assert Entry.objects.filter(kind="gate.passed").exists()


def test_effects_of_a_window_that_has_ended_are_due_at_once():
    hold = own("passes")
    past = timezone.now() - timedelta(hours=1)
    with factories.unguarded("review_decision", "decision_rules"):
        type(hold.decision).objects.filter(pk=hold.decision_id).update(undo_until=past)
    checked(hold)
    assert Effect.objects.get().due_at > past


def test_a_function_that_says_no_holds_the_output():
    hold = checked(own("passes", verdict="correct"))
    assert hold.state == "waiting"
    assert hold.reasons == [{"code": "gate_check_failed", "check": "own", "message": "Look."}]
    assert Effect.objects.get().is_held


def test_a_function_may_tell_what_is_wrong():
    (reason,) = checked(own("tells")).reasons
    assert reason["detail"] == "value_missing"


@pytest.mark.parametrize(
    ("name", "error"), [("breaks", "RuntimeError"), ("answers_nonsense", "TypeError")]
)
def test_a_function_that_breaks_holds_the_output_and_repeats_nothing_of_it(name, error):
    (reason,) = checked(own(name)).reasons
    assert (reason["code"], reason["error"]) == ("gate_check_broke", error)
    assert "bill" not in str(reason)


def test_a_function_that_the_settings_no_longer_name_does_not_run(settings):
    hold = own("passes")
    settings.GATE_CALLABLES = ()
    (reason,) = checked(hold).reasons
    assert (reason["code"], reason["error"]) == ("gate_check_broke", "LookupError")


def test_what_fails_for_now_is_tried_again_and_held_in_the_end(settings):
    settings.GATE_ATTEMPTS = 3
    hold = own("fails_for_now")
    for attempt in (1, 2):
        assert checked(hold).state == "checking"
        assert hold.attempts == attempt
        assert hold.lease_until > timezone.now()
        checking.check(hold.pk)  # not due: nothing happens
        GateHold.objects.update(lease_until=None)
    (reason,) = checked(hold).reasons
    assert (hold.state, reason["code"]) == ("waiting", "gate_check_broke")


def test_checks_that_end_their_workers_hold_the_output(settings):
    hold = own("passes")
    GateHold.objects.update(attempts=settings.GATE_ATTEMPTS)
    (reason,) = checked(hold).reasons
    assert (hold.state, reason["error"]) == ("waiting", "worker lost")


def test_the_answer_of_a_worker_that_was_given_up_counts_for_nothing(monkeypatch):
    hold = own("passes")

    def overtaken(held, *, is_last):
        GateHold.objects.update(attempts=2)
        return checking.Judged([])

    monkeypatch.setattr(checking, "judge", overtaken)
    assert checked(hold).state == "checking"


def test_an_undo_while_it_is_checked_leaves_nothing_to_let_go(monkeypatch):
    hold = own("passes")
    judge = checking.judge

    def undone(held, *, is_last):
        decisions.undo(decision_id=held.decision_id, actor=held.decision.actor)
        return judge(held, is_last=is_last)

    monkeypatch.setattr(checking, "judge", undone)
    assert checked(hold).state == "withdrawn"
    assert Effect.objects.get().state == "cancelled"


def test_the_sweeper_hints_at_checks_whose_hint_was_lost(monkeypatch):
    hold = own("passes")
    GateHold.objects.update(hint_at=timezone.now() - timedelta(seconds=1))
    hinted = []
    monkeypatch.setattr("review.gate.jobs.check.delay", hinted.append)
    sweep()
    sweep()
    assert hinted == [str(hold.pk)]


def test_a_test_of_words_holds_what_a_list_forbids(settings, tmp_path):
    settings.SCREENING_DIR = tmp_path
    (tmp_path / "words.txt").write_text("# promises\nwe guarantee\n")
    process = scenes.gated(
        "{checks: [{name: words, test: no_listed_words, of: [output.note], list: words.txt,"
        " message: No promises.}]}"
    )
    operator = factories.make_cast(process).operator
    fine = {"category": "bill", "note": "We looked at it."}
    bad = {"category": "bill", "note": "WE  Guarantee: tomorrow!"}
    assert checked(scenes.held(process, operator, output=fine)).state == "passed"
    hold = checked(scenes.held(process, operator, output=bad))
    assert hold.state == "waiting"
    assert (hold.reasons[0]["detail"], hold.reasons[0]["line"]) == ("word_listed", 2)
    (tmp_path / "words.txt").unlink()
    hold = checked(scenes.held(process, operator, output=fine))
    assert hold.reasons[0]["detail"] == "list_unreadable"


class Second:
    """A provider that answers what it is told to."""

    def __init__(self, answer):
        self.answer = answer

    def propose_many(self, requests):
        assert [one.payload["text"] for one in requests] == ["The bill is wrong."]
        return [self.answer]


@pytest.fixture
def second(settings, monkeypatch):
    """second(answer) -> a hold whose output that answer was compared with."""
    settings.PROVIDERS = {**settings.PROVIDERS, "other": {"adapter": "local"}}

    def compared(answer, **options):
        monkeypatch.setattr(proposing, "provider", lambda name: Second(answer))
        process = scenes.gated(
            "{checks: [{name: second, provider: other, fields: [category], message: Twice.}]}"
        )
        return checked(scenes.held(process, factories.make_cast(process).operator, **options))

    return compared


def test_a_second_model_that_agrees_lets_the_output_go(second):
    hold = second(factories.make_proposal({"category": "bill", "note": "Another note."}))
    assert hold.state == "passed"
    assert Call.objects.filter(item=hold.item).count() == 2
    assert Entry.objects.get(kind="gate.passed").data["asked"][0]["provider"] == "local"


def test_a_second_model_that_differs_holds_the_output_and_tells_only_where(second):
    hold = second(factories.make_proposal({"category": "meter"}))
    assert hold.state == "waiting"
    assert hold.reasons == [
        {
            "code": "gate_second_opinion",
            "check": "second",
            "message": "Twice.",
            "agreed": 0,
            "of": 1,
            "fields": ["category"],
        }
    ]


def test_a_second_model_that_fails_for_good_holds_the_output(second):
    hold = second(ProviderPermanent("no key"))
    assert (hold.state, hold.reasons[0]["code"]) == ("waiting", "gate_check_broke")


def test_a_second_model_that_fails_for_now_is_asked_again(second):
    assert second(ProviderTransient("busy")).state == "checking"


def test_an_item_without_effects_ends_when_its_output_has_passed():
    process = scenes.gated(
        f"{{checks: [{{name: own, callable: '{HERE}:passes', message: Look.}}]}}"
    )
    hold = scenes.held(process, factories.make_cast(process).operator)
    Effect.objects.all().delete()
    assert Item.objects.get().state == "decided"
    checked(hold)
    assert Item.objects.get().state == "completed"


def test_officers_are_told_once_an_hour_that_outputs_wait():
    process = scenes.gated("{risks: [low]}")
    cast = factories.make_cast(process)
    assert cast.compliance_officer
    for _ in range(2):
        scenes.held(process, cast.operator)
        sweep()
    notice = Notice.objects.get(kind="gate_held")
    assert (notice.person, notice.item) == (cast.compliance_officer, None)


def test_the_lease_outlasts_every_model_that_is_asked(settings):
    """Or the next attempt would begin while this one still waits, and discard its answer."""
    settings.INFERENCE_LEASE_SECONDS = 1
    settings.RECORDING_SECONDS = 2
    more = {"other": {"adapter": "local"}, "third": {"adapter": "local"}}
    settings.PROVIDERS = {**settings.PROVIDERS, **more}
    process = scenes.gated(
        "{checks: [{name: one, provider: other, fields: [category], message: Twice.},"
        " {name: two, provider: third, fields: [category], message: Thrice.}]}"
    )
    hold = scenes.held(process, factories.make_cast(process).operator)
    leased = checking._lease(hold.pk)
    assert leased is not None
    left = (leased.lease_until - timezone.now()).total_seconds()
    assert 2 * 5 + 2 - 1 < left <= 2 * 5 + 2
