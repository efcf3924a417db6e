"""Journeys of somebody who looks for an item: by keyboard from anywhere, by filter, by a view."""

import pytest
from playwright.sync_api import expect

from governance.ledger.sequencing import sequence
from review.finding import indexing
from review.models import SavedView
from tests import factories


def index():
    sequence()
    while indexing.follow():
        pass


@pytest.fixture
def found(process, cast):
    for number in range(3):
        factories.make_decision(process, cast.colleague, external_id=f"INV-2024/{number}")
    factories.make_task(process, external_id="INV-2024/9", payload={"text": "x", "amount": 1234.5})
    index()


@pytest.fixture
def here(visit, found, cast):
    visit.sign_in(cast.operator)
    return visit


def test_a_slash_finds_from_anywhere_and_arrows_open_it(here):
    page = here.page
    page.keyboard.press("/")
    page.wait_for_selector("#quick:focus")
    page.keyboard.type("1.234,50")
    page.wait_for_selector("#hits .hit mark, #hits .hit-title")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#hits a:focus")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="INV-2024/9").first.wait_for()


def test_escape_puts_the_hits_away(here):
    page = here.page
    page.keyboard.press("/")
    page.keyboard.type("inv")
    page.wait_for_selector("#hits .hit")
    page.keyboard.press("Escape")
    page.wait_for_selector("#hits .hit", state="detached")
    assert page.evaluate("document.activeElement.id") != "quick"


def test_enter_shows_the_whole_list_with_its_address(here):
    page = here.page
    page.keyboard.press("/")
    page.keyboard.type("inv-2024")
    page.keyboard.press("Enter")
    page.wait_for_url("**/items/?q=inv-2024")
    expect(page.locator("tbody tr")).to_have_count(4)


def test_nothing_found_is_said(here):
    page = here.page
    page.keyboard.press("/")
    page.keyboard.type("zebra")
    page.get_by_text("No item found with “zebra”").wait_for()


def test_a_filter_is_kept_as_a_view_and_found_again(here, cast):
    page = here.page
    here.go("items")
    page.locator("#f-state").select_option("waiting")
    page.get_by_role("button", name="Show").click()
    page.get_by_label("Keep this view as").fill("What waits")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_role("heading", name="What waits").wait_for()
    assert SavedView.objects.get().query == "state=waiting"
    here.go("items")
    page.get_by_role("link", name="What waits").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Remove this view").click()
    page.get_by_text("The view is removed.").wait_for()


def test_columns_and_filters_stay_in_the_address(here):
    page = here.page
    here.go("items")
    page.get_by_text("More filters and columns").click()
    page.get_by_label("Verdict", exact=True).first.select_option("accept")
    page.get_by_role("checkbox", name="Decided by").check()
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**verdict=accept**")
    expect(page.get_by_role("columnheader", name="Decided by")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_label("Without Verdict: Accepted").click()
    page.wait_for_selector(".chip", state="detached")
    expect(page.locator("tbody tr")).to_have_count(4)
    expect(page.get_by_role("columnheader", name="Decided by")).to_be_visible()
