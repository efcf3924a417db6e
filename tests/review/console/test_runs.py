"""Planning a run from a filter, and its page."""

import re

import pytest

from review.bulk import working
from review.models import Decision, Run
from tests import factories
from tests.review.console.conftest import browser, statements, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(cast):
    return browser(cast.lead)


@pytest.fixture
def line(process):
    return [factories.make_task(process, external_id=f"L-{number}") for number in range(7)]


@pytest.fixture
def planned(lead, line):
    answer = lead.post(
        "runs", process="desk", verb="accept", reason="All alike.", query="state=waiting"
    )
    assert answer.status_code == 302
    return Run.objects.get()


def work(run):
    while working.work(run.pk):
        pass


def test_the_dry_run_shows_what_would_happen_and_does_nothing(lead, planned):
    shown = text(lead.get("run", planned.pk))
    assert "Nothing was done yet" in shown
    assert "Do the first 5" in shown
    assert "7 × update-ticket" in shown
    assert "can be reversed" in shown
    assert not Decision.objects.exists()


def test_from_the_dry_run_to_the_undo(lead, planned):
    lead.post("run-begin", planned.pk)
    work(planned)
    shown = text(lead.get("run", planned.pk))
    assert "Do the other 2" in shown
    lead.post("run-go-on", planned.pk)
    work(planned)
    assert "7 of 7" in text(lead.get("run", planned.pk))
    lead.post("run-undo", planned.pk)
    part = text(lead.client.get(f"/runs/{planned.pk}/", headers={"HX-Request": "true"}))
    assert "every 1500ms" in part
    assert "<html" not in part
    work(planned)
    shown = text(lead.get("run", planned.pk))
    assert "every 1500ms" not in shown
    assert Decision.objects.filter(state="undone").count() == 7


def test_the_filter_of_the_list_is_that_of_the_run(lead, line):
    shown = text(lead.get("run-new", q="words", segment="vip"))
    assert "Segment: <b" in shown
    assert re.search(r'name="query" value="q=words&amp;segment=vip"', shown)


def test_what_is_missing_stands_beside_its_field(lead, line):
    answer = lead.post("runs", process="desk", verb="move", reason="", query="")
    assert answer.status_code == 422
    assert "Choose a queue of this process." in text(answer)
    assert "Say why; the reason stands with every item." in text(answer)


def test_why_nothing_is_left_is_said(lead, line):
    answer = lead.post("runs", process="desk", verb="release", reason="x", query="")
    assert answer.status_code == 422
    assert "7 left out: nobody holds them" in text(answer)


def test_a_process_one_does_not_lead_is_refused(lead, line):
    factories.make_process("elsewhere")
    answer = lead.post("runs", process="elsewhere", verb="accept", reason="x", query="")
    assert answer.status_code == 422
    assert not Run.objects.exists()


def test_a_run_of_another_process_is_not_there(lead, planned):
    factories.make_process("elsewhere")
    Run.objects.update(process="elsewhere")
    assert lead.get("run", planned.pk).status_code == 404


@pytest.mark.parametrize("act", ["run-begin", "run-go-on"])
def test_only_who_planned_it_lets_it_run(process, planned, act):
    other = factories.make_person("another", process, factories.Role.TEAM_LEAD)
    assert browser(other).post(act, planned.pk).status_code == 409
    assert "lead begins it." in text(browser(other).get("run", planned.pk))


def test_odd_values_are_no_error(lead, line):
    for posted in (
        {"verb": "give", "to": "x"},
        {"verb": "move", "queue": "²"},
        {"verb": "priority", "priority": "1e9"},
        {"verb": "x\0"},
    ):
        answer = lead.post("runs", process="desk", reason="x", query="state=%00", **posted)
        assert answer.status_code == 422
    assert lead.get("runs", before="x").status_code == 200


def test_pages_cost_the_same_however_long_the_run(lead, planned, line, process):
    lead.get("run", planned.pk)
    _, sent = statements(lambda: lead.get("run", planned.pk))
    assert len(sent) <= 10, "\n".join(sent)
    _, sent = statements(lambda: lead.get("runs"))
    assert len(sent) <= 4
