"""Thresholds raised during an incident: routing obeys them, strictly upwards."""

import pytest
from django.db import IntegrityError, transaction

from governance.errors import Conflict, InvalidInput
from governance.incidents.models import ThresholdOverride
from governance.incidents.thresholds import end_override, floor_of, raise_thresholds
from review.models import Route
from tests import factories

pytestmark = pytest.mark.django_db
ACTOR = factories.ACTOR


@pytest.fixture
def acting(process):
    factories.enter_stage(process.pk, "full")
    return process


def route_of(process, confidence):
    item = factories.propose(factories.make_item(process), confidence=confidence)
    return Route.objects.get(item=item)


def test_a_raised_threshold_sends_to_people_what_the_contract_would_not(acting):
    assert route_of(acting, 0.95).outcome == "automatic"
    raise_thresholds(process=acting.pk, floor=0.97, actor=ACTOR, reason="It errs.")
    held = route_of(acting, 0.95)
    assert held.outcome == "review"
    assert {one["code"] for one in held.reasons} == {"threshold_raised"}
    assert route_of(acting, 0.98).outcome == "automatic"
    end_override(process=acting.pk, actor=ACTOR)
    assert route_of(acting, 0.95).outcome == "automatic"


def test_it_is_raised_and_never_lowered(acting):
    raise_thresholds(process=acting.pk, floor=0.97, actor=ACTOR, reason="It errs.")
    with pytest.raises(Conflict):
        raise_thresholds(process=acting.pk, floor=0.5, actor=ACTOR, reason="Less.")
    raise_thresholds(process=acting.pk, floor=0.99, actor=ACTOR, reason="More.")
    assert floor_of(acting.pk) == 0.99
    assert ThresholdOverride.objects.filter(until=None).count() == 1


def test_a_floor_below_the_contracts_band_changes_nothing(acting):
    raise_thresholds(process=acting.pk, floor=0.1, actor=ACTOR, reason="It errs.")
    assert route_of(acting, 0.95).outcome == "automatic"
    assert route_of(acting, 0.85).outcome == "review"


@pytest.mark.parametrize("floor", [0, -1, 1.01])
def test_a_floor_outside_its_range_is_refused_here_and_by_the_database(acting, floor):
    with pytest.raises(InvalidInput):
        raise_thresholds(process=acting.pk, floor=floor, actor=ACTOR, reason="x")
    made = raise_thresholds(process=acting.pk, floor=0.9, actor=ACTOR, reason="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        ThresholdOverride.objects.filter(pk=made.pk).update(floor=floor)
