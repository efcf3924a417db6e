"""Which items a shadow is asked for."""

import pytest
from django.utils import timezone

from governance.catalogue import shadowing
from governance.identifiers import uuid7
from governance.rollout import operations as rollout
from review.following.models import Cursor
from review.models import ShadowCandidate
from review.shadows import drawing
from tests import factories
from tests.review.shadows.conftest import ACTOR, begin, draw_all

pytestmark = pytest.mark.django_db


def drawn(deployment):
    return set(ShadowCandidate.objects.filter(deployment=deployment).values_list("item", flat=True))


def test_what_was_routed_since_it_began_is_drawn_once(process, shadow):
    task = factories.make_task(process)
    shadow.draw()
    Cursor.objects.filter(pk=drawing.READER).update(next_index=0)  # it reads everything again
    shadow.draw()
    assert drawn(shadow.deployment) == {task.item_id}
    row = ShadowCandidate.objects.get()
    assert (row.state, row.probability) == ("due", 1.0)


def test_what_was_routed_before_is_not(process):
    factories.make_task(process)
    deployment = begin(process)
    after = factories.make_task(process)
    draw_all()
    assert drawn(deployment) == {after.item_id}


def test_a_share_is_drawn_by_the_item_and_not_by_chance(process):
    deployment = begin(process, share=0.3)
    tasks = [factories.make_task(process) for _ in range(40)]
    draw_all()
    found = drawn(deployment)
    assert found == {one.item_id for one in tasks if drawing.is_drawn(deployment, one.item_id)}
    assert 0 < len(found) < 40


def test_shares_hold_over_many_items(process):
    deployment = begin(process, share=0.3)
    hits = sum(drawing.is_drawn(deployment, uuid7()) for _ in range(20_000))
    assert hits == pytest.approx(6_000, abs=330)  # five standard deviations


def test_two_shadows_draw_apart(process):
    one, other = begin(process, "b", share=0.5), begin(process, "c", share=0.5)
    ids = [uuid7() for _ in range(2_000)]
    both = sum(drawing.is_drawn(one, key) and drawing.is_drawn(other, key) for key in ids)
    assert both == pytest.approx(500, abs=100)


def test_no_more_are_drawn_on_a_day_than_its_limit(process):
    deployment = begin(process, daily_limit=2)
    for _ in range(2):
        factories.make_task(process)
        factories.make_task(process)
        draw_all()
    assert len(drawn(deployment)) == 2
    assert drawing.drawn_today(deployment, timezone.now()) == 2
    yesterday = timezone.now() - timezone.timedelta(days=1)
    with factories.unguarded("review_shadowcandidate", "shadow_rules"):
        ShadowCandidate.objects.update(drawn_at=yesterday)
    factories.make_task(process)
    draw_all()
    assert len(drawn(deployment)) == 3


def test_nothing_is_drawn_for_a_paused_process_or_an_ended_shadow(process, shadow):
    rollout.pause(process=process.pk, actor=ACTOR)
    factories.make_task(process)
    shadow.draw()
    rollout.resume(process=process.pk, actor=ACTOR)
    shadowing.end_by_id(process=process.pk, deployment_id=shadow.deployment.pk, actor=ACTOR)
    factories.make_task(process)
    shadow.draw()
    assert drawn(shadow.deployment) == set()


def test_without_a_shadow_the_reader_goes_to_the_end_unread(process, monkeypatch):
    factories.make_task(process)
    monkeypatch.setattr(drawing.following, "lock_ahead", None)
    draw_all()
    place = Cursor.objects.get(pk=drawing.READER).next_index
    assert place > 0
    deployment = begin(process)
    monkeypatch.undo()
    task = factories.make_task(process)
    draw_all()
    assert drawn(deployment) == {task.item_id}


def test_another_process_is_left_alone(process, shadow):
    other = factories.make_process("other")
    factories.make_task(other)
    shadow.draw()
    assert drawn(shadow.deployment) == set()
