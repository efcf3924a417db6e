"""One bad item holds up nobody else, and ends with a person."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.providers.base import Proposal, ProposalRequest
from review.effects import operations as effects
from review.effects import sending
from review.items import proposing
from review.models import Effect, Item
from tests.factories import make_item, make_process, make_proposal

pytestmark = pytest.mark.django_db

ATTEMPTS = 4  # of the factories' contract, for a candidate
EFFECT_ATTEMPTS = 3


class WorkerKilled(BaseException):
    """Ends the step as a kill would: nothing after it runs."""


class Provider:
    """Answers with `good`, except for items whose text is poison: then `bad` is called."""

    def __init__(self, bad) -> None:
        self.bad = bad

    def propose_many(self, requests: Sequence[ProposalRequest]) -> list[Proposal]:
        return [self._one(request) for request in requests]

    def _one(self, request: ProposalRequest) -> Proposal:
        return self.bad() if request.payload["text"] == "poison" else make_proposal()


@pytest.fixture
def provide(monkeypatch):
    def use(bad) -> None:
        monkeypatch.setattr(proposing, "provider", lambda name: Provider(bad))

    return use


@pytest.fixture
def batch(process) -> tuple[Item, list[Item]]:
    """A poisonous item in the middle of good ones."""
    items = [make_item(process, {"text": text}) for text in ("one", "two", "poison", "four")]
    return items[2], [items[0], items[1], items[3]]


def sweep() -> None:
    """What the sweeper and the workers do, with all waiting times over."""
    past = timezone.now() - timedelta(seconds=1)
    Item.objects.update(hint_at=past, not_before=past)
    Item.objects.exclude(lease_until=None).update(lease_until=past)
    for chunk in proposing.due_chunks():
        try:
            proposing.propose(chunk)
        except WorkerKilled:
            continue


def assert_left_to_a_person(item: Item, error: str) -> None:
    item.refresh_from_db()
    assert item.state == Item.State.WAITING
    assert item.tasks.get().state == "open"
    reason = item.routes.get().reasons[0]
    assert (reason["code"], reason["error"]) == ("candidate_failed", error)


def test_an_answer_that_cannot_be_recorded_holds_up_nobody(batch, provide):
    poison, others = batch

    def unstorable() -> Proposal:
        proposal = make_proposal()
        return Proposal(**{**proposal.__dict__, "prompt_sha256": "longer than its column " * 3})

    provide(unstorable)
    proposing.propose([item.pk for item in [*others, poison]])
    assert {Item.objects.get(pk=item.pk).state for item in others} == {"waiting"}
    assert Item.objects.get(pk=poison.pk).state == "received"
    for _ in range(ATTEMPTS):
        sweep()
    assert_left_to_a_person(poison, "internal")


def test_an_item_that_breaks_its_whole_batch_is_tried_alone(batch, provide, settings):
    settings.PROVIDER_BATCH = {"local": 50}
    poison, others = batch

    def broken() -> Proposal:
        raise RuntimeError("a fault of the provider's")

    provide(broken)
    proposing.propose([item.pk for item in [*others, poison]])
    assert {Item.objects.get(pk=item.pk).state for item in others} == {"received"}
    sweep()
    assert {Item.objects.get(pk=item.pk).state for item in others} == {"waiting"}
    assert all(item.candidates.exists() for item in others)
    for _ in range(ATTEMPTS):
        sweep()
    assert_left_to_a_person(poison, "transient")


def test_an_item_that_kills_every_worker_goes_to_a_person(batch, provide):
    poison, others = batch

    def kill() -> Proposal:
        raise WorkerKilled

    provide(kill)
    for _ in range(ATTEMPTS + 1):
        sweep()
    assert all(Item.objects.get(pk=item.pk).candidates.exists() for item in others)
    assert_left_to_a_person(poison, "worker lost")


class Connector:
    def __init__(self, bad) -> None:
        self.bad = bad

    def apply(self, request):
        if request.body.get("ticket") == "poison":
            raise self.bad
        return sending.Outcome({}) and Applied()


class Applied:
    status = "done"
    summary: dict[str, int] = {}


@pytest.mark.parametrize(
    ("bad", "error"),
    [(RuntimeError("ours"), "internal error (RuntimeError)"), (WorkerKilled(), "worker lost")],
    ids=["raises", "kills"],
)
def test_an_effect_that_never_works_ends_with_a_person_and_delays_no_other(
    db, monkeypatch, bad, error
):
    monkeypatch.setattr(sending, "connector", lambda name: Connector(bad))
    process = make_process(stage="full", undo_window=0)
    monkeypatch.setattr(proposing, "provider", lambda name: Provider(make_proposal))
    for ticket in ("poison", "good"):
        make_item(process, external_id=ticket)
    sweep()
    for _ in range(EFFECT_ATTEMPTS + 1):
        past = timezone.now() - timedelta(seconds=1)
        Effect.objects.update(due_at=past, hint_at=past)
        Effect.objects.exclude(lease_until=None).update(lease_until=past)
        for effect_id in effects.due_effects():
            try:
                effects.run(effect_id)
            except WorkerKilled:
                continue
    assert Item.objects.get(external_id="good").state == "completed"
    failed = Effect.objects.get(item__external_id="poison")
    assert (failed.state, failed.error) == (Effect.State.FAILED, error)
    effects.retry(effect_id=failed.pk, actor="system:tests")
    assert Effect.objects.get(pk=failed.pk).state == Effect.State.SCHEDULED
