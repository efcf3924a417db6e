"""A compliance officer forgets a person: finds them, holds, lifts, erases, prints the receipt."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe

from governance.ledger.checkpoints import checkpoint
from governance.ledger.sequencing import sequence
from review.erasure import operations as erasure
from review.models import Effect, ErasureRequest, Item, Note
from review.notes.operations import write as write_note
from review.subjects.indexing import follow
from tests import factories
from tests.browser.conftest import eventually

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
VIEWS = [
    pytest.param({"color_scheme": "light", "viewport": WIDE}, id="light"),
    pytest.param({"color_scheme": "dark", "viewport": WIDE}, id="dark"),
    pytest.param({"color_scheme": "light", "viewport": PHONE}, id="phone"),
]


def looked_at(visit, request, name):
    """No serious finding on the page as it stands, and nothing that sticks out at the side."""
    violations = Axe().run(visit.page, options={"runOnly": RULES}).response["violations"]
    grave = [one["id"] for one in violations if one["impact"] in ("serious", "critical")]
    assert grave == [], f"{name}: {grave}"
    width = visit.page.evaluate("document.documentElement.scrollWidth")
    assert width <= visit.page.viewport_size["width"], f"{name} is too wide"
    if place := os.environ.get("SCREENSHOTS_IN"):
        visit.page.screenshot(path=f"{place}/{name}-{request.node.callspec.id}.png", full_page=True)


@pytest.mark.parametrize("visit", VIEWS, indirect=True)
def test_a_person_is_forgotten_and_a_receipt_says_so(visit, process, cast, request):
    page, officer = visit.page, cast.compliance_officer
    decision = factories.make_decision(
        process, cast.operator, payload={"text": "My bill is wrong.", "subject": "Jane Doe"}
    )
    Effect.objects.update(state="done")
    Item.objects.update(state="completed", ended_at=decision.created_at)
    item = Item.objects.get()
    write_note(item=item, author=cast.operator, text="She called twice.")
    factories.make_document(item)
    sequence()
    checkpoint()
    follow()

    visit.sign_in(officer)
    visit.go("privacy")
    looked_at(visit, request, "requests-empty")
    page.get_by_role("link", name="Find a person").first.click()
    page.get_by_label("Values that name the person").fill("doe, JANE")
    page.get_by_role("button", name="Find").click()
    page.get_by_text("1 item found").wait_for()
    looked_at(visit, request, "found")

    page.get_by_text("Hold everything about this person").click()
    page.get_by_label("Case").fill("Case 3")
    page.get_by_label("Reason", exact=True).fill("A court asked for it.")
    page.get_by_role("button", name="Set the hold").click()
    page.get_by_role("heading", name="Legal holds").wait_for()
    looked_at(visit, request, "holds")

    def ask():
        visit.go("privacy-find")
        page.get_by_label("Values that name the person").fill("Jane Doe")
        page.get_by_role("button", name="Find").click()
        page.get_by_label("Reference").fill("Letter 17")

    ask()
    assert page.get_by_text("kept by a legal hold").is_visible()
    page.get_by_role("button", name="Erase the ticked items").click()
    page.get_by_text("cannot be erased now").wait_for()
    assert not ErasureRequest.objects.exists()

    visit.go("privacy-holds")
    page.get_by_label("Why the hold Case 3 is lifted").fill("Settled")
    page.get_by_role("button", name="Lift the hold Case 3").click()
    page.get_by_text("The hold was lifted.").wait_for()

    ask()
    page.get_by_role("button", name="Report on what is held").click()
    page.get_by_role("heading", name="What is held").wait_for()
    assert "Jane" not in page.inner_text("main")
    looked_at(visit, request, "disclosure")
    ask()
    page.get_by_role("button", name="Erase the ticked items").click()
    page.get_by_role("heading", name="Erasure in progress").wait_for()
    erasure.work_off(ErasureRequest.objects.get().pk)
    page.get_by_role("heading", name="Receipt of erasure").wait_for()  # it looks by itself
    assert page.get_by_text("every proof holds").is_visible()
    eventually(lambda: not Note.objects.exists())
    looked_at(visit, request, "receipt")
    with page.expect_download() as download:
        page.get_by_role("link", name="As JSON").click()
    assert download.value.suggested_filename.startswith("erasure-")

    page.get_by_role("link", name=str(item.pk)).click()
    page.get_by_text("All personal data of this item was erased").wait_for()
    assert "Jane" not in page.inner_text("body")
    looked_at(visit, request, "item")
    visit.go("privacy-rules")
    page.get_by_label("Documents", exact=True).fill("30")
    page.get_by_label("The item as a whole").fill("365")
    page.get_by_label("Reason").fill("As the law has it.")
    page.get_by_role("button", name="Write and ask for approval").click()
    page.get_by_text("waiting for signatures").wait_for()
    looked_at(visit, request, "rules")
    visit.go("privacy")
    looked_at(visit, request, "requests")
