"""From received to routed: retries, failures, pauses, second workers."""

import pytest
from django.utils import timezone

from governance.catalogue import operations as catalogue
from governance.models import Entry, Process
from governance.rollout import operations as rollout
from integrations.providers.base import MalformedOutput, ProviderPermanent, ProviderTransient
from review.items import jobs, proposing
from review.models import Call, Item, Route
from tests import factories

pytestmark = pytest.mark.django_db


class Scripted:
    """A provider that answers as told, the same for every request of a batch."""

    name = "local"

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = 0

    def propose_many(self, requests):
        self.asked += len(requests)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception) and not hasattr(answer, "call"):
            raise answer
        return [answer] * len(requests)


@pytest.fixture
def answers(monkeypatch):
    def use(*given):
        provider = Scripted(*given)
        monkeypatch.setattr(proposing, "provider", lambda name: provider)
        return provider

    return use


def propose_again(item):
    Item.objects.filter(pk=item.pk).update(not_before="2020-01-01T00:00Z", lease_until=None)
    proposing.propose([item.pk])
    return Item.objects.get(pk=item.pk)


def test_an_answer_is_kept_with_its_call_and_routed_once(process, answers):
    provider = answers(factories.make_proposal({"category": "bill"}))
    item = factories.make_item(process)
    proposing.propose([item.pk])
    proposing.propose([item.pk])  # a second hint changes nothing
    assert provider.asked == 1
    assert Item.objects.get(pk=item.pk).state == "waiting"
    call = Call.objects.get()
    assert (call.outcome, call.latency_ms, call.attempt) == ("answered", 3, 1)
    assert Route.objects.get().outcome == "review"


def test_a_transient_failure_is_tried_again_later_then_left_to_people(process, answers):
    answers(ProviderTransient("503"))
    item = factories.make_item(process)
    proposing.propose([item.pk])
    waiting = Item.objects.get(pk=item.pk)
    assert waiting.state == "received"
    assert waiting.not_before > timezone.now()
    proposing.propose([item.pk])  # not before its time
    assert Call.objects.count() == 1
    for _ in range(3):
        waiting = propose_again(item)
    assert Call.objects.count() == 4
    assert waiting.state == "waiting"
    route = Route.objects.get()
    assert route.outcome == "manual"
    assert route.reasons == [{"code": "candidate_failed", "error": "transient", "attempts": 4}]
    assert waiting.tasks.get().is_blind


def test_a_permanent_failure_is_not_repeated(process, answers):
    answers(ProviderPermanent("no such model"))
    item = factories.make_item(process)
    proposing.propose([item.pk])
    assert Route.objects.get().outcome == "manual"
    assert Call.objects.get().outcome == "permanent"


def test_a_malformed_answer_is_tried_again(process, answers):
    answers(
        MalformedOutput("not JSON", raw="secret text of a customer"),
        factories.make_proposal({"category": "bill"}),
    )
    item = factories.make_item(process)
    proposing.propose([item.pk])
    assert Call.objects.get().outcome == "malformed"
    assert propose_again(item).state == "waiting"
    assert Route.objects.get().outcome == "review"
    for entry in Entry.objects.filter(item=item.pk):
        assert "secret text" not in str(entry.data)


def test_a_fault_of_ours_in_the_provider_is_tried_again(process, answers):
    answers(RuntimeError("boom"))
    item = factories.make_item(process)
    proposing.propose([item.pk])
    assert Call.objects.get().error == "internal error (RuntimeError)"
    assert Item.objects.get(pk=item.pk).state == "received"


def test_a_paused_process_asks_no_model(process, answers):
    provider = answers(factories.make_proposal())
    rollout.pause(process=process.pk, actor="user:x")
    item = factories.make_item(process)
    proposing.propose([item.pk])
    assert provider.asked == 0
    assert Route.objects.get().reasons == [{"code": "process_paused"}]


def test_the_stage_in_force_at_the_time_is_obeyed_and_kept(process, answers):
    answers(factories.make_proposal({"category": "bill"}))
    outcomes = {}
    for stage in ("shadow", "partial", "full"):
        factories.enter_stage(process.pk, stage)
        item = factories.make_item(process)
        proposing.propose([item.pk])
        route = Route.objects.get(item=item)
        outcomes[route.stage] = route.outcome
    assert outcomes == {"shadow": "manual", "partial": "automatic", "full": "automatic"}


def test_a_worker_whose_lease_ran_out_writes_nothing(process, answers):
    """Another worker has leased the item while this one was asking."""
    from review.items import recording

    item = factories.make_item(process)
    Item.objects.filter(pk=item.pk).update(attempts=2)
    stale = Item.objects.get(pk=item.pk)
    stale.attempts = 1
    factories.propose(stale)
    assert not Route.objects.exists()
    assert not recording.lock_current(stale)
    factories.propose(Item.objects.get(pk=item.pk))
    assert Route.objects.count() == 1


def test_a_failed_check_sends_to_compliance(process, answers):
    factories.enter_stage(process.pk, "full")
    answers(factories.make_proposal({"category": "meter"}))
    item = factories.make_item(process)
    proposing.propose([item.pk])
    route = Route.objects.get()
    assert route.outcome == "compliance"
    assert route.reasons[0]["check"] == "meter_passes_compliance"
    assert item.tasks.get().queue.role == "compliance_officer"


def test_the_sweeper_hints_at_what_does_not_move_and_not_twice(process):
    item = factories.make_item(process)
    assert proposing.due_chunks() == []
    Item.objects.update(hint_at="2020-01-01T00:00Z")
    assert proposing.due_chunks() == [[str(item.pk)]]
    assert proposing.due_chunks() == []


def test_an_item_of_a_new_process_without_a_model_goes_to_people(process, answers):
    catalogue.retire(process.pk, actor=factories.ACTOR)
    item = factories.make_item(process)
    proposing.propose([item.pk])
    assert Route.objects.get().reasons == [{"code": "no_model"}]


def test_the_ledger_holds_no_payload_in_clear(process, answers):
    answers(factories.make_proposal({"category": "bill", "note": "Mrs Example"}))
    item = factories.make_item(process, {"text": "I am Mrs Example of Example Street."})
    proposing.propose([item.pk])
    assert Process.objects.count() == 1
    text = str(list(Entry.objects.filter(item=item.pk).values_list("data", flat=True)))
    assert "Example" not in text
    assert "commitment" in text
    assert "'category': 'bill'" in text


@pytest.fixture
def hints():
    """The queue of hints, empty before and after; a function that says how many wait."""

    def purge():
        with jobs.propose.app.connection_or_acquire() as broker:
            broker.default_channel.queue_purge("inference")

    purge()
    yield jobs.waiting_hints
    purge()


def test_the_sweeper_adds_no_hints_to_a_queue_that_is_full_of_them(process, hints, monkeypatch):
    """A slow model has a queue before it; what waits there was hinted at already."""
    monkeypatch.setattr(proposing, "SWEEP_LIMIT", 3)
    fresh, tried = factories.make_item(process), factories.make_item(process)
    Item.objects.filter(pk=tried.pk).update(attempts=1)

    def sweep():
        Item.objects.update(hint_at="2020-01-01T00:00Z")
        before = hints()
        jobs.sweep()
        return hints() - before

    assert sweep() == 2
    assert sweep() == 2
    assert hints() == 4
    assert sweep() == 1  # the one that was tried, whose retry is due
    assert fresh.state == "received"
