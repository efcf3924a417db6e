"""A compliance officer gives a role for a time, reviews access and takes a role back."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from governance.access.operations import start
from governance.models import ApiKey
from governance.roles.queries import rights_of
from tests import factories

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SHOTS = os.environ.get("SCREENSHOTS")


def checked(visit, name):
    """No finding in either theme and no sideways scrolling at 360 px."""
    for theme in ("light", "dark"):
        visit.page.emulate_media(color_scheme=theme)
        report = Axe().run(visit.page, options={"runOnly": RULES, "resultTypes": ["violations"]})
        assert report.response["violations"] == [], f"{name}, {theme}"
        if SHOTS:
            visit.page.screenshot(path=Path(SHOTS) / f"{name}-{theme}.png", full_page=True)
    visit.page.set_viewport_size({"width": 360, "height": 780})
    wide = visit.page.evaluate("document.documentElement.scrollWidth")
    if SHOTS:
        visit.page.screenshot(path=Path(SHOTS) / f"{name}-narrow.png", full_page=True)
    visit.page.set_viewport_size({"width": 1280, "height": 800})
    assert wide <= 360, name


def issue_a_key(visit):
    """For personal values, which is refused without a reason; rotated, and the old one revoked."""
    page = visit.page
    page.get_by_role("link", name="Producers and keys").click()
    for given in ("", "It pays out by them."):
        page.get_by_label("Producer (the system").fill("Web shop")
        page.get_by_label("Read personal values of items").check()
        page.get_by_role("textbox", name="Reason").fill(given)
        page.get_by_role("button", name="Issue the key").click()
        if not given:
            page.get_by_text("Say why the key is to read personal values.").wait_for()
            visit.go("producers")
    page.get_by_text("it is not shown again").wait_for()
    old = ApiKey.objects.get()
    checked(visit, "producers")
    page.get_by_role("button", name=f"Rotate {old.prefix}").click()
    page.get_by_role("button", name=f"Revoke {old.prefix} of Web shop").click()
    page.get_by_text(f"{old.prefix} of Web shop is revoked.").wait_for()
    checked(visit, "producers-ended")
    assert ApiKey.objects.get(revoked_at=None).reads_personal


@pytest.mark.django_db(transaction=True)
def test_an_officer_gives_a_role_and_reviews_access(visit, process, cast):
    people = (cast.outsider, cast.operator, cast.compliance_officer)
    factories.make_person("second", process, factories.Role.COMPLIANCE_OFFICER)
    visit.sign_in(cast.compliance_officer)
    page = visit.page
    page.get_by_role("link", name="Governance").click()
    page.get_by_role("link", name="Access").click()
    page.get_by_label("User name").fill("outsider")
    page.get_by_label("Role", exact=True).select_option("operator")
    page.get_by_label("Until").fill("2099-01-01T10:00")
    page.get_by_label("Reason").fill("Stands in")
    page.get_by_role("button", name="Give the role").click()
    page.get_by_text("1 Jan 2099, 10:00 UTC").wait_for()
    checked(visit, "access")
    page.get_by_role("link", name="Who can do what").click()
    page.get_by_role("heading", name="Who can do what").wait_for()
    checked(visit, "rights")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Take as CSV").click()
    assert taken.value.suggested_filename.startswith("access-desk-")
    page.go_back()
    issue_a_key(visit)
    page.get_by_role("link", name="Access").click()
    page.get_by_role("button", name="Start a review").click()
    page.get_by_text("0 of 5").wait_for()
    page.get_by_role("button", name="of Web shop").and_(
        page.get_by_role("button", name="Confirm")
    ).click()
    page.get_by_text("1 of 5").wait_for()
    page.get_by_role("button", name="Take operator back from outsider").click()
    page.get_by_text("2 of 5").wait_for()
    page.get_by_role("button", name="Confirm operator of operator").click()
    page.get_by_text("3 of 5").wait_for()
    assert page.get_by_role("button", name="Finish the review").is_disabled()
    checked(visit, "review")
    visit.go("api-keys")
    page.get_by_label("Claim, decide, undo").check()
    page.get_by_role("button", name="Make a key").click()
    page.get_by_text("Copy it now").wait_for()
    checked(visit, "api-keys")
    assert rights_of(people[0].pk) == frozenset()
    assert ("desk", "serve_operator") in rights_of(people[1].pk)


@pytest.mark.django_db(transaction=True)
def test_what_ends_soon_is_seen_from_governance_and_leads_to_it(visit, process, cast):
    factories.make_key(process)
    used, ends = timezone.now() - timedelta(days=100), timezone.now() + timedelta(days=6)
    ApiKey.objects.update(last_used_at=used, expires_at=ends)
    start(process="desk", actor=cast.compliance_officer, days=3)
    visit.sign_in(cast.compliance_officer)
    page = visit.page
    page.get_by_role("link", name="Governance").click()
    page.get_by_text("access review of").wait_for()
    checked(visit, "governance")
    page.get_by_role("link", name="1 key of producers").click()
    page.get_by_text("not for 90 days").wait_for()
    page.get_by_text("soon", exact=True).wait_for()
    checked(visit, "producers-soon")
