"""Processes as their callers see them: agreement, stage, numbers."""

import pytest

from governance.models import Entry, Process
from review.items import counts
from tests import factories
from tests.review.api.conftest import pointers, problem, signed_in

pytestmark = pytest.mark.django_db


def test_one_sees_the_processes_in_which_one_may_do_something(process, cast, producer):
    factories.make_process("other")
    for caller in (signed_in(cast.operator), signed_in(cast.platform_engineer), producer):
        listed = caller.get("processes/").json()["results"]
        assert [one["slug"] for one in listed] == ["desk"]
    assert signed_in(cast.outsider).get("processes/").json()["results"] == []


def test_a_process_shows_its_schemas_and_queues(operator, producer):
    for caller in (operator, producer):
        answer = caller.get("processes/desk/").json()
        assert answer["input_schema"]["required"] == ["text"]
        assert answer["output_schema"]["required"] == ["category"]
        assert [one["name"] for one in answer["queues"]] == ["compliance", "desk", "senior"]
    problem(operator.get("processes/other/"), 404)


def test_the_owner_changes_the_stage(owner, process, cast):
    problem(owner.post("processes/desk/stage/", {"stage": "partial"}), 409, "not_approved")
    factories.approve_all(process, "partial")
    answer = owner.post("processes/desk/stage/", {"stage": "partial"})
    assert answer.json()["stage"] == Process.objects.get().stage == "partial"
    entry = Entry.objects.get(kind="process.stage_changed")
    assert entry.data == {"before": "assisted", "after": "partial"}
    assert entry.actor == f"user:{cast.owner.pk}"


def test_a_stage_it_is_in_already_is_a_conflict(owner):
    problem(owner.post("processes/desk/stage/", {"stage": "assisted"}), 409, "conflict")


def test_an_unknown_stage_is_refused(owner):
    response = owner.post("processes/desk/stage/", {"stage": "warp"})
    problem(response, 422)
    assert pointers(response) == ["/stage"]


def test_pause_and_resume(owner):
    assert owner.post("processes/desk/pause/").json()["is_paused"] is True
    problem(owner.post("processes/desk/pause/"), 409)
    assert owner.post("processes/desk/resume/").json()["is_paused"] is False
    problem(owner.post("processes/desk/resume/"), 409)
    kinds = Entry.objects.filter(kind__in=["process.paused", "process.resumed"]).order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == ["process.paused", "process.resumed"]


@pytest.mark.parametrize("address", ["stage/", "pause/", "resume/"])
def test_others_do_not(cast, producer, address):
    problem(signed_in(cast.lead).post(f"processes/desk/{address}", {"stage": "full"}), 403)
    problem(signed_in(cast.outsider).post(f"processes/desk/{address}", {"stage": "full"}), 404)
    problem(producer.post(f"processes/desk/{address}", {"stage": "full"}), 403)
    assert Process.objects.get().stage == "assisted"


def test_metrics_are_numbers(process, cast, owner):
    factories.make_task(process)
    factories.make_decision(process, cast.colleague, verdict="correct", priority=90)
    answer = owner.get("processes/desk/metrics/").json()
    assert answer["items"]["waiting"] == {"value": 1, "is_capped": False}
    assert answer["items"]["decided"] == {"value": 1, "is_capped": False}
    desk = next(one for one in answer["queues"] if one["queue"] == "desk")
    assert (desk["open"], desk["is_capped"]) == (1, False)
    assert answer["recent"]["items"] == {"value": 2, "is_capped": False}
    assert answer["recent"]["routes"]["review"] == 2
    assert answer["recent"]["straight_through_rate"] == 0.0
    assert answer["recent"]["override_rate"] == 1.0


def test_metrics_count_up_to_a_cap(process, owner, monkeypatch):
    monkeypatch.setattr(counts, "COUNT_CAP", 4)
    monkeypatch.setattr(counts, "RECENT_ITEMS", 3)
    factories.make_backlog(process, 6)
    answer = owner.get("processes/desk/metrics/").json()
    assert answer["items"]["waiting"] == {"value": 4, "is_capped": True}
    assert answer["items"]["received"] == {"value": 0, "is_capped": False}
    assert answer["recent"]["items"] == {"value": 3, "is_capped": True}
    assert answer["recent"]["straight_through_rate"] is None


def test_metrics_are_for_those_with_the_right(cast):
    problem(signed_in(cast.operator).get("processes/desk/metrics/"), 403)
    problem(signed_in(cast.outsider).get("processes/desk/metrics/"), 404)
