"""Journeys of a team lead: the team's page, a bulk run and its undo."""

import pytest
from playwright.sync_api import expect

from governance.ledger.sequencing import sequence
from review.bulk import working
from review.models import Decision, Run, Task
from review.team import rollup
from tests import factories
from tests.browser.conftest import eventually

PHONE = {"viewport": {"width": 360, "height": 740}}


@pytest.fixture
def line(process, cast):
    return [factories.make_task(process, external_id=f"L-{number}") for number in range(8)]


@pytest.fixture
def lead(visit, cast):
    visit.sign_in(cast.lead)
    return visit


def work(run):
    while working.work(run.pk):
        pass


def test_a_filter_becomes_a_dry_run_then_a_few_then_all_then_nothing(lead, line):
    page = lead.page
    lead.go("items")
    page.get_by_role("link", name="In bulk…").click()
    page.get_by_label("Accept what the model said").check()
    page.get_by_label("Reason", exact=True).fill("All alike.")
    page.get_by_role("button", name="Dry run").click()
    page.get_by_role("heading", name="Accept what the model said").wait_for()
    expect(page.get_by_text("8 × update-ticket")).to_be_visible()
    assert not Decision.objects.exists()

    run = Run.objects.get()
    page.get_by_role("button", name="Do the first 5").click()
    page.wait_for_selector('[data-run-state="trying"]')
    work(run)
    page.wait_for_selector('[data-run-state="waiting"]')  # the page asks by itself
    page.get_by_role("button", name="Do the other 3").click()
    page.wait_for_selector('[data-run-state="running"]')
    work(run)
    page.wait_for_selector('[data-run-state="done"]')
    assert Decision.objects.filter(run=run, state="active").count() == 8

    page.get_by_role("button", name="Undo the run").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo the run").click()
    page.wait_for_selector('[data-run-state="undoing"]')
    work(run)
    page.wait_for_selector('[data-run-state="undone"]')
    assert Task.objects.filter(state="open").count() == 8


def test_a_run_is_stopped(lead, line):
    page = lead.page
    lead.go("run-new")
    page.get_by_label("Reject", exact=True).check()
    page.get_by_label("Reason", exact=True).fill("Not for us.")
    page.get_by_role("button", name="Dry run").click()
    page.get_by_role("button", name="Do the first 5").click()
    page.get_by_role("button", name="Stop").click()
    page.wait_for_selector('[data-run-state="stopped"]')
    assert Decision.objects.count() == 0


def test_several_tasks_are_given_away_at_once(lead, line, cast):
    assert cast.colleague.is_active  # is made when first named
    for task in line[:3]:
        factories.claim(task, cast.operator)
    page = lead.page
    lead.go("team")
    for name in ("L-0", "L-2"):
        page.get_by_label(f"Choose {name}").check()
    page.get_by_label("Give those chosen to").select_option(label="colleague")
    page.locator(".give-many").get_by_role("button", name="Give").click()
    page.get_by_text("2 tasks given to colleague.").wait_for()
    assert Task.objects.filter(claimed_by=cast.colleague).count() == 2


def test_time_at_work_is_measured_on_the_screen_and_told_to_the_lead(visit, line, cast):
    visit.sign_in(cast.operator)
    page = visit.page
    page.keyboard.press("g")
    visit.wait_for_task(line[0])
    page.clock.install()
    for _ in range(4):
        page.mouse.move(200, 200)
        page.clock.fast_forward(10_000)
        page.mouse.move(220, 240)
    page.clock.fast_forward(600_000)  # ten minutes away count for one
    page.keyboard.press("a")
    eventually(Decision.objects.exists)
    seconds = Decision.objects.get().active_seconds
    assert 40 <= seconds <= 110, seconds
    sequence()
    while rollup.follow():
        pass


@pytest.mark.parametrize("visit", [{}, PHONE], ids=["wide", "phone"], indirect=True)
def test_the_pages_of_a_lead_do_not_scroll_sideways(lead, line, cast):
    factories.claim(line[0], cast.operator)
    for name in ("team", "runs", "run-new", "items"):
        lead.go(name)
        wide = lead.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, name
