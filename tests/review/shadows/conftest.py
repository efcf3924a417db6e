import pytest
from django.utils import timezone

from governance.catalogue import shadowing
from governance.ledger.sequencing import sequence
from review.shadows import asking, drawing
from tests import factories

ACTOR = factories.ACTOR


def draw_all():
    """Draw from all that was routed so far."""
    sequence()
    while drawing.follow():
        pass


class Shadow:
    """A shadow, with a model that says what the test wants it to say."""

    def __init__(self, deployment, monkeypatch):
        self.deployment = deployment
        self.asked = []
        self.answer = lambda request: factories.make_proposal({"category": "bill"})
        monkeypatch.setattr("review.items.proposing.provider", lambda name: self)

    def propose_many(self, requests):
        self.asked += requests
        return [self.answer(one) for one in requests]

    def draw(self):
        draw_all()

    def run(self):
        self.draw()
        asking.withdraw_ended()
        while asking.work():
            pass


def through(item):
    """Let an item have come to its end, as it does once its effects are sent."""
    type(item).objects.filter(pk=item.pk).update(state="completed", ended_at=timezone.now())


def begin(process, digest="b", share=1.0, daily_limit=1000):
    version = factories.make_version(process, digest)
    return shadowing.begin(version, share=share, daily_limit=daily_limit, actor=ACTOR)


@pytest.fixture
def shadow(process, monkeypatch):
    return Shadow(begin(process), monkeypatch)
