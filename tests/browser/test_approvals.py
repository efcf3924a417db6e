"""A model owner asks, a compliance officer compares, comments and signs: by keyboard alone."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from governance.approvals import asking
from governance.catalogue import operations as catalogue
from governance.catalogue.queries import champion
from governance.models import Approval
from tests import factories
from tests.browser.conftest import eventually
from tests.browser.test_accessibility import RULES

PHONE = {"viewport": {"width": 390, "height": 780}}
THEMES = [
    pytest.param({"color_scheme": "light"}, id="light"),
    pytest.param({"color_scheme": "dark"}, id="dark"),
]


def press_to(page, name, *, role="button"):
    """Walk by Tab to what has this name; it must be reachable within a page's worth of stops."""
    wanted = page.get_by_role(role, name=name, exact=True).first
    wanted.wait_for()
    for _ in range(80):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by Tab")


def clean(page):
    report = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response
    found = [
        f"{one['id']}: {one['help']}: {node['html'][:160]}"
        for one in report["violations"]
        for node in one["nodes"][:3]
    ]
    assert not found, "\n".join(found)


def shot(page, name):
    """A picture for whoever asks for it: SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("visit", THEMES, indirect=True)
def test_a_model_owner_asks_and_an_officer_compares_comments_and_signs(visit, process, cast):
    version = factories.make_version(process, "b")
    assert cast.compliance_officer.is_active  # is made when first named
    page = visit.page
    visit.sign_in(cast.model_owner)
    visit.go("process-deployments", "desk")
    clean(page)
    press_to(page, "Ask for approval: desk/local v2", role="link")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ask/desk/version/**")
    clean(page)
    shot(page, "ask")
    press_to(page, "Why it should be approved", role="textbox")
    page.keyboard.type("It errs less.")
    press_to(page, "Ask for approval")
    page.keyboard.press("Enter")
    page.get_by_text("Who asks for an approval does not sign it.").wait_for()
    clean(page)
    asked = Approval.objects.get()
    assert asked.digest == version.digest
    press_to(page, "Sign out")
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/**")

    visit.sign_in(cast.compliance_officer)
    visit.go("governance")
    page.get_by_role("link", name="Approvals").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/governance/approvals/")
    clean(page)
    shot(page, "inbox")
    press_to(page, "Look at desk/local v2", role="link")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What changes").wait_for()
    row = page.get_by_role("row", name="digest")
    assert "0" * 64 in row.inner_text()
    assert "b" * 64 in row.inner_text()
    press_to(page, "Comment", role="textbox")
    page.keyboard.type("The numbers are enough for me.")
    press_to(page, "Add comment")
    page.keyboard.press("Enter")
    page.get_by_text("The numbers are enough for me.").wait_for()
    clean(page)
    shot(page, "request")
    press_to(page, "Sign yes")
    page.keyboard.press("Enter")
    page.get_by_text("In force until").wait_for()
    clean(page)
    asked.refresh_from_db()
    assert asked.state == "granted"
    assert asked.signatures.get().actor == cast.compliance_officer


@pytest.mark.parametrize("visit", THEMES, indirect=True)
def test_a_model_owner_rolls_back_and_looks_at_what_decided_before(visit, process, cast):
    factories.enter_stage("desk", "full")
    first = champion("desk")
    second = factories.make_version(process, "b")
    factories.grant(
        asking.for_version(second, actor=factories.make_person("asking"), reason="Better.")
    )
    catalogue.deploy(second, actor=factories.ACTOR)
    before = timezone.now()
    page = visit.page
    visit.sign_in(cast.model_owner)
    visit.go("process-deployments", "desk")
    shot(page, "deployments")
    press_to(page, "Roll back to desk/local v1")
    page.keyboard.press("Enter")
    page.get_by_text("Rolled back: desk/local v1 serves now.").wait_for()
    eventually(lambda: champion("desk") == first)
    clean(page)
    press_to(page, "Time machine", role="link")
    page.keyboard.press("Enter")
    page.get_by_text("could act alone").wait_for()
    clean(page)
    page.goto(page.url + "?at=" + before.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    assert "desk/local v2" in page.get_by_role("region", name="Help desk,").inner_text()
    shot(page, "time-machine")
    clean(page)


@pytest.mark.parametrize("visit", [PHONE], ids=["phone"], indirect=True)
def test_the_pages_do_not_scroll_sideways_on_a_phone(visit, process, cast):
    asked = factories.make_request(process)
    factories.make_delegation(cast.compliance_officer, cast.owner)
    page = visit.page
    visit.sign_in(cast.compliance_officer)
    for name, *args in (
        ["approvals"],
        ["approval", asked.pk],
        ["approval-ask", "desk", "contract"],
        ["delegations"],
        ["deployments"],
        ["process-deployments", "desk"],
        ["time-machine", "desk"],
        ["processes"],
    ):
        visit.go(name, *args)
        shot(page, f"phone-{name}")
        wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, name
