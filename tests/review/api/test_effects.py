"""What failed for good, seen, retried and given up by those who operate effects."""

import pytest

from governance.models import Entry
from review.models import Effect
from tests import factories
from tests.review.api.conftest import problem, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def failed(process, cast):
    """An effect that failed for good."""
    factories.make_decision(process, cast.operator)
    Effect.objects.update(state=Effect.State.FAILED, error="HTTP 410", attempts=1)
    return Effect.objects.get()


def test_failed_effects_are_listed_for_those_who_operate_them(cast, failed):
    engineer = signed_in(cast.platform_engineer)
    for query in ({}, {"process": "desk"}):
        (one,) = engineer.get("effects/failed/", **query).json()["results"]
        assert (one["id"], one["error"]) == (str(failed.pk), "HTTP 410")
    problem(signed_in(cast.operator).get("effects/failed/"), 403)
    problem(signed_in(cast.operator).get("effects/failed/", process="desk"), 403)
    problem(engineer.get("effects/failed/", process="missing"), 404)


def test_effects_under_way_are_not_listed(process, cast):
    factories.make_decision(process, cast.operator)
    assert signed_in(cast.lead).get("effects/failed/").json()["results"] == []


def test_a_failed_effect_is_sent_again(cast, failed):
    answer = signed_in(cast.lead).post(f"effects/{failed.pk}/retry/")
    assert answer.status_code == 200
    assert answer.json()["state"] == "scheduled"
    entry = Entry.objects.get(kind="effect.retried")
    assert entry.actor == f"user:{cast.lead.pk}"


def test_what_has_not_failed_is_not_retried(cast, failed):
    Effect.objects.update(state=Effect.State.DONE)
    problem(signed_in(cast.lead).post(f"effects/{failed.pk}/retry/"), 409, "conflict")


def test_who_operates_no_effects_retries_none(cast, failed):
    problem(signed_in(cast.operator).post(f"effects/{failed.pk}/retry/"), 403)
    problem(signed_in(cast.outsider).post(f"effects/{failed.pk}/retry/"), 404)


def test_a_failed_effect_is_given_up_with_a_reason(cast, failed):
    answer = signed_in(cast.lead).post(
        f"effects/{failed.pk}/write-off/", {"reason": "Entered by hand."}
    )
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["error"]) == ("cancelled", "HTTP 410")
    assert Entry.objects.get(kind="effect.written_off").actor == f"user:{cast.lead.pk}"
    again = signed_in(cast.lead).post(f"effects/{failed.pk}/write-off/", {"reason": "Again."})
    problem(again, 409, "conflict")


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 501}])
def test_giving_up_needs_a_reason(cast, failed, body):
    problem(signed_in(cast.lead).post(f"effects/{failed.pk}/write-off/", body), 422)
    failed.refresh_from_db()
    assert failed.state == "failed"


def test_who_operates_no_effects_gives_none_up(cast, failed):
    body = {"reason": "Entered by hand."}
    problem(signed_in(cast.operator).post(f"effects/{failed.pk}/write-off/", body), 403)
    problem(signed_in(cast.outsider).post(f"effects/{failed.pk}/write-off/", body), 404)
