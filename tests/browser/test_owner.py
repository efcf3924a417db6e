"""The model owner's journey: card, measuring, exports, approval, deployment, going back."""

import json
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from django.utils import timezone
from playwright.sync_api import expect

from governance.approvals import operations as approvals
from governance.cards.models import CardDraft, CardRevision
from governance.catalogue.queries import champion, shadows
from governance.models import Approval
from review.decisions.operations import decide
from review.measuring import operations as measuring
from review.shadows.comparing import compare
from tests import factories
from tests.browser.conftest import eventually
from tests.browser.looking import look, press_to, recorded
from tests.review.shadows.conftest import Shadow, through

PURPOSE = "Sorts letters to the help desk."


@pytest.fixture
def newer(process, cast):
    """A second version, while the first serves, approved, in stage full."""
    factories.make_decision(process, cast.operator, verdict="correct")
    factories.enter_stage(process.pk, "full")
    return factories.make_version(process, "b")


def test_an_owner_describes_asks_deploys_and_goes_back(visit, process, newer, cast):
    page, first = visit.page, champion("desk")
    visit.sign_in(cast.model_owner)
    visit.go("governance")
    page.get_by_role("link", name="Models").press("Enter")
    look(page, "owner-models")
    page.get_by_role("link", name="desk/local v1").click()
    _writes_the_card(page)
    _has_it_measured(page, first)
    _takes_it_elsewhere(page)
    page.get_by_role("link", name="v2", exact=True).click()
    asked = _asks(page, newer)
    approvals.sign(
        approval_id=asked.pk, actor=cast.compliance_officer, is_yes=True, digest=asked.digest
    )
    _deploys_and_goes_back(page, first, newer)
    assert recorded(cast.model_owner) == {
        "person.signed_in",
        *("card.revised", "approval.requested", "approval.evidence_added"),
        *("card.measuring_asked", "model.deployed", "model.rolled_back"),
    }


def test_an_owner_compares_a_version_before_it_serves(visit, process, cast, monkeypatch):
    """Begun by keys; its page says who was right once people have decided."""
    page = visit.page
    factories.make_version(process, "b")
    visit.sign_in(cast.model_owner)
    visit.go("process-deployments", process.pk)
    page.get_by_label("Version", exact=True).select_option(label="desk/local v2")
    page.get_by_label("Percent of the items").fill("100")
    press_to(page, "Begin a shadow")
    page.keyboard.press("Enter")
    page.get_by_text("desk/local v2 is a shadow now.").wait_for()
    look(page, "owner-shadow-begun")
    (deployment,) = shadows("desk")
    shadow = Shadow(deployment, monkeypatch)
    shadow.answer = lambda _: factories.make_proposal({"category": "meter"})
    task = factories.make_claimed_task(process, cast.operator)
    shadow.run()
    decide(task_id=task.pk, actor=cast.operator, verdict="accept", output=None, reason="")
    through(task.item)
    compare(deployment)
    page.reload()
    row = page.get_by_role("row", name="All items that were judged")
    expect(row).to_contain_text("0 and 1")
    expect(page.get_by_role("region", name="Where they differ")).to_contain_text("Meter")
    look(page, "owner-shadow")
    page.get_by_role("button", name="End the shadow").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("It sorts worse.")
    page.get_by_role("dialog").get_by_role("button", name="End the shadow").click()
    page.get_by_text("The shadow is ended.").wait_for()
    assert recorded(cast.model_owner) == {
        *("person.signed_in", "model.shadowed", "model.shadow_ended"),
    }


def test_evidence_that_is_too_large_is_refused_on_the_page_of_its_request(visit, process, cast):
    page, asked = visit.page, factories.make_request(process)
    visit.sign_in(cast.model_owner)
    visit.go("approval", asked.pk)
    file = {"name": "all.txt", "mimeType": "text/plain", "buffer": b"x" * 6_000_000}
    page.get_by_label("Attach a file").set_input_files(file)
    page.get_by_role("button", name="Attach", exact=True).click()
    page.locator("#file-error").get_by_text("5 MiB at most.").wait_for()
    look(page, "owner-evidence-refused")
    visit.problems = [one for one in visit.problems if "status of 413" not in one]
    assert asked.evidence.count() == 1


def _writes_the_card(page):
    """What is typed is kept by itself, survives a reload, and becomes a revision when asked to."""
    page.get_by_role("link", name="Write the card").press("Enter")
    page.get_by_label("Intended purpose").fill(PURPOSE)
    page.get_by_text("Draft saved").wait_for()
    assert CardDraft.objects.get().texts == {"purpose": PURPOSE}
    look(page, "owner-card-form")
    page.reload()
    expect(page.get_by_label("Intended purpose")).to_have_value(PURPOSE)
    page.get_by_role("button", name="Keep as revision 1").press("Enter")
    page.get_by_text("Kept as revision 1").wait_for()
    assert not CardDraft.objects.exists()
    assert CardRevision.objects.get().texts == {"purpose": PURPOSE}
    expect(page.locator("#field-purpose").get_by_text(PURPOSE)).to_be_visible()


def _has_it_measured(page, version):
    page.get_by_role("button", name="Measure now").press("Enter")
    page.get_by_text("Being measured").first.wait_for()
    measuring.measure(version.pk)
    page.get_by_role("table", name="Override rate").wait_for()  # the page asks by itself
    look(page, "owner-version")


def _takes_it_elsewhere(page):
    """Each export has what was written; CycloneDX holds to its schema; the history compares."""
    taken = {}
    for kind in ("Markdown", "PDF", "CycloneDX"):
        with page.expect_download() as coming:
            page.get_by_role("link", name=kind, exact=True).click()
        taken[kind] = Path(coming.value.path()).read_bytes()
    assert PURPOSE in taken["Markdown"].decode()
    assert taken["PDF"].startswith(b"%PDF-")
    content = taken["CycloneDX"].decode()
    assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(content) is None
    card = json.loads(content)["components"][0]["modelCard"]
    assert card["considerations"]["useCases"] == [PURPOSE]
    page.get_by_role("main").get_by_role("link", name="History").click()
    page.get_by_role("heading", name="What changed").wait_for()
    look(page, "owner-history")
    page.go_back()


def _asks(page, version):
    """For the newer version, from its own page, with the evidence attached; by keys alone."""
    page.get_by_text("not approved").wait_for()
    press_to(page, "Ask for approval: desk/local v2", role="link")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ask/desk/version/**")
    look(page, "owner-ask")
    press_to(page, "Why it should be approved", role="textbox")
    page.keyboard.type("It errs less.")
    press_to(page, "Ask for approval")
    page.keyboard.press("Enter")
    page.get_by_text("Who asks for an approval does not sign it.").wait_for()
    asked = Approval.objects.get(digest=version.digest)
    file = {"name": "figures.txt", "mimeType": "text/plain", "buffer": b"0.97 of 1,000"}
    page.get_by_label("Attach a file").set_input_files(file)
    press_to(page, "Attach")
    page.keyboard.press("Enter")
    page.get_by_text("Evidence attached.").wait_for()
    look(page, "owner-request")
    return asked


def _deploys_and_goes_back(page, first, newer):
    """The approved version serves, is rolled back, and the time machine tells both moments."""
    page.get_by_role("link", name="desk/local v2 and its card").click()
    page.get_by_role("link", name="Deploy or roll back").click()
    press_to(page, "Deploy desk/local v2")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Deploy desk/local v2?")
    expect(dialog.get_by_role("button", name="Deploy", exact=True)).to_be_focused()
    look(page, "owner-deploying")
    dialog.get_by_label("Reason").fill("It errs less.")
    page.keyboard.press("Enter")
    page.get_by_text("desk/local v2 serves now.").wait_for()
    eventually(lambda: champion("desk") == newer)
    served = timezone.now()
    look(page, "owner-deployments")
    press_to(page, "Roll back to desk/local v1")
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="Roll back to desk/local v1?").wait_for()
    page.keyboard.press("Enter")  # in a hurry nothing has to be typed
    page.get_by_text("Rolled back: desk/local v1 serves now.").wait_for()
    eventually(lambda: champion("desk") == first)
    press_to(page, "Time machine", role="link")
    page.keyboard.press("Enter")
    page.get_by_text("could act alone").wait_for()
    page.get_by_label("At", exact=True).fill(served.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    page.keyboard.press("Enter")
    page.wait_for_url("**at=**")
    expect(page.get_by_role("region", name="Help desk,")).to_contain_text(
        "desk/local v2", use_inner_text=True
    )
    look(page, "owner-time-machine")
