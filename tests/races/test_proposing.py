"""Workers with overlapping hints: an item is proposed by one, and recorded once."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from review.items import proposing
from review.models import Call, Candidate, Item, Route
from tests.factories import make_item, make_proposal
from tests.races.together import Beside, together

pytestmark = pytest.mark.race


class Provider:
    """Counts what it is asked; each call waits for its own gate, where there is one left."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.arrived = threading.Semaphore(0)
        self.gates: list[threading.Event] = []

    def propose_many(self, requests):
        self.asked.update(request.payload["text"] for request in requests)
        gate = self.gates.pop(0) if self.gates else None
        self.arrived.release()
        assert gate is None or gate.wait(20)
        return [make_proposal() for _ in requests]


@pytest.fixture
def provider(monkeypatch) -> Provider:
    provider = Provider()
    monkeypatch.setattr(proposing, "provider", lambda name: provider)
    return provider


def test_hints_that_overlap_in_other_orders_ask_once_an_item_and_never_deadlock(desk, provider):
    items = [make_item(desk.process, {"text": f"Text {number}"}) for number in range(60)]
    ids = [item.pk for item in items]
    chunks = [ids, ids[::-1], ids[30:] + ids[:30], ids[::2]]
    outcomes = together(*[lambda c=chunk: proposing.propose(c) for chunk in chunks])
    assert outcomes == [None] * len(chunks)
    assert set(provider.asked.values()) == {1}
    assert len(provider.asked) == len(items)
    assert Route.objects.filter(item__process=desk.process).count() == len(items)


def test_a_worker_whose_lease_ran_out_records_nothing(desk, provider):
    item = make_item(desk.process)
    first, second = threading.Event(), threading.Event()
    provider.gates = [first, second]
    late = Beside(lambda: proposing.propose([item.pk]))
    assert provider.arrived.acquire(timeout=20)
    past = timezone.now() - timedelta(seconds=1)
    Item.objects.filter(pk=item.pk).update(lease_until=past)
    prompt = Beside(lambda: proposing.propose([item.pk]))
    assert provider.arrived.acquire(timeout=20)
    first.set()
    assert late.outcome() is None
    assert not Candidate.objects.filter(item=item).exists(), "it wrote under another's lease"
    second.set()
    assert prompt.outcome() is None
    assert Candidate.objects.filter(item=item).count() == 1
    assert Call.objects.get(item=item).attempt == 2
    assert item.tasks.count() == 1


def test_sweepers_at_once_hint_once(desk):
    items = [make_item(desk.process) for _ in range(20)]
    past = timezone.now() - timedelta(seconds=1)
    Item.objects.filter(process=desk.process).update(hint_at=past)
    outcomes = together(*[proposing.due_chunks] * 4)
    found = Counter(pk for chunks in outcomes for chunk in chunks for pk in chunk)
    assert {str(item.pk) for item in items} <= set(found)
    assert set(found.values()) == {1}
