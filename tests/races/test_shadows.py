"""Drawing for shadows and asking them, by many at once and beside an erasure."""

import threading

import pytest

from governance.catalogue import shadowing
from governance.ledger.sequencing import sequence
from review.erasure import operations as erasure
from review.models import Call, ShadowCandidate
from review.shadows import asking, drawing
from tests import factories
from tests.races.together import together

pytestmark = pytest.mark.race

AT_ONCE = 6
ITEMS = 40


@pytest.fixture
def shadow(desk):
    version = factories.make_version(desk.process, "b")
    made = shadowing.begin(version, share=1, daily_limit=1000, actor=factories.ACTOR)
    yield made
    # The races share a database: what is left of one would be asked for by the next.
    while asking.work():
        pass
    if not shadowing.queries.shadows(desk.process.pk):
        return
    shadowing.end_by_id(process=desk.process.pk, deployment_id=made.pk, actor=factories.ACTOR)


def rows(shadow):
    return ShadowCandidate.objects.filter(deployment=shadow)


def test_what_many_draw_at_once_is_drawn_once_and_each_item_is_asked_for_once(
    desk, shadow, monkeypatch, settings
):
    settings.SHADOWS_AT_ONCE = AT_ONCE
    settings.PROVIDER_BATCH = {"local": 3}
    tasks = [factories.make_task(desk.process) for _ in range(ITEMS)]
    sequence()

    def draw():
        while drawing.follow():
            pass

    outcomes = together(*[draw] * AT_ONCE)
    draw()
    assert outcomes == [None] * AT_ONCE, outcomes
    drawn = rows(shadow)
    assert set(drawn.values_list("item", flat=True)) == {one.item_id for one in tasks}
    assert drawn.count() == ITEMS

    asked, lock = [], threading.Lock()

    class Model:
        def propose_many(self, requests):
            with lock:
                asked.extend(requests)
            return [factories.make_proposal() for _ in requests]

    monkeypatch.setattr("review.items.proposing.provider", lambda name: Model())

    def work():
        done = 0
        while done < 3 * ITEMS:
            done += asking.work() or ITEMS

    outcomes = together(*[work] * AT_ONCE)
    assert outcomes == [None] * AT_ONCE, outcomes
    while asking.work():
        pass
    assert set(drawn.values_list("state", flat=True)) == {"answered"}
    assert len(asked) == ITEMS
    assert Call.objects.filter(version=shadow.version).count() == ITEMS


def test_an_answer_beside_an_erasure_leaves_nothing_of_the_item(desk, shadow, monkeypatch):
    for _ in range(8):
        task = factories.make_task(desk.process)
        sequence()
        while drawing.follow():
            pass
        row = rows(shadow).get(item=task.item_id)
        officer = factories.make_everybody(f"officer-{row.pk}", desk.process)
        request = factories.make_erasure(task.item, officer)["request_id"]
        meet = threading.Barrier(2)

        class Model:
            def propose_many(self, requests, meet=meet):
                meet.wait(5)
                return [factories.make_proposal({"category": "meter"}) for _ in requests]

        monkeypatch.setattr("review.items.proposing.provider", lambda name: Model())

        def erase(meet=meet, request=request):
            meet.wait(5)
            erasure.work_off(request)

        together(asking.work, erase)
        row.refresh_from_db()
        task.item.refresh_from_db()
        assert task.item.content_erased_at is not None
        assert (row.state, row.output) in [
            ("answered", {"erased": True}),
            ("withdrawn", None),
        ]
