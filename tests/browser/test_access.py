"""Keys of producers and of people: issued, reviewed, and seen before they end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from governance.access.operations import start
from governance.models import ApiKey
from tests import factories
from tests.browser.looking import look


def issue_a_key(visit):
    """For personal values, which is refused without a reason; rotated, and the old one revoked."""
    page = visit.page
    page.get_by_role("link", name="Producers and keys").click()
    page.get_by_label("Producer (the system").fill("Web shop")
    page.get_by_label("Read personal values of items").check()
    page.get_by_role("button", name="Issue the key").click()
    page.get_by_text("Say why the key is to read personal values.").wait_for()
    look(page, "producers-refused")
    page.get_by_role("textbox", name="Reason").fill("It pays out by them.")
    page.get_by_role("button", name="Issue the key").click()
    page.get_by_text("it is not shown again").wait_for()
    old = ApiKey.objects.get()
    look(visit.page, "producers")
    page.get_by_role("button", name=f"Rotate {old.prefix}").click()
    page.get_by_role("button", name=f"Revoke {old.prefix} of Web shop").click()
    page.get_by_text(f"{old.prefix} of Web shop is revoked.").wait_for()
    look(visit.page, "producers-ended")
    assert ApiKey.objects.get(revoked_at=None).reads_personal


@pytest.mark.django_db(transaction=True)
def test_keys_are_issued_and_reviewed(visit, process, cast):
    """Giving roles and reviewing them is in the officer's day (test_officer.py)."""
    assert cast.operator.is_active  # is made when first named
    factories.make_person("second", process, factories.Role.COMPLIANCE_OFFICER)
    visit.sign_in(cast.compliance_officer)
    page = visit.page
    page.get_by_role("link", name="Governance").click()
    page.get_by_role("link", name="Access").click()
    page.get_by_role("link", name="Who can do what").click()
    page.get_by_role("heading", name="Who can do what").wait_for()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Take as CSV").click()
    assert taken.value.suggested_filename.startswith("access-desk-")
    page.go_back()
    issue_a_key(visit)
    page.get_by_role("link", name="Access").click()
    page.get_by_role("button", name="Start a review").click()
    page.get_by_text("0 of 4").wait_for()
    page.get_by_role("button", name="of Web shop").and_(
        page.get_by_role("button", name="Confirm")
    ).click()
    page.get_by_text("1 of 4").wait_for()
    look(page, "review-of-keys")
    visit.go("api-keys")
    page.get_by_label("Claim, decide, undo").check()
    page.get_by_role("button", name="Make a key").click()
    page.get_by_text("Copy it now").wait_for()
    look(page, "api-keys")


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
    look(visit.page, "governance")
    page.get_by_role("link", name="1 key of producers").click()
    page.get_by_text("not for 90 days").wait_for()
    page.get_by_text("soon", exact=True).wait_for()
    look(visit.page, "producers-soon")
