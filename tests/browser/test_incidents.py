"""A compliance officer's journey: from the halt to the report, by axe-core in both themes."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from governance.incidents import playbooks
from governance.models import Halt, Incident
from review.bulk import working
from review.models import Decision, Run
from tests import factories
from tests.browser.test_accessibility import RULES

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
VIEWS = [
    pytest.param({"color_scheme": "light", "viewport": WIDE}, id="light"),
    pytest.param({"color_scheme": "dark", "viewport": PHONE}, id="dark-phone"),
]


def look(page, name, shots):
    """No serious finding, nothing wider than the screen; a picture where one is wanted."""
    page.evaluate("scrollTo(0, 0)")  # what lies under the bar is no target
    report = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response
    found = [
        f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:200]}"
        for one in report["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert not found, f"{name}: " + "\n".join(found)
    too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert too_wide <= 0, f"{name} is {too_wide} px too wide"
    if shots:
        page.screenshot(path=f"{shots}-{name}.png", full_page=True)


@pytest.fixture
def shots(request):
    """Where pictures go: the folder that SHOTS names, none without."""
    folder = os.environ.get("SHOTS", "")
    return str(Path(folder) / request.node.callspec.id) if folder else ""


@pytest.mark.parametrize("visit", VIEWS, indirect=True)
def test_from_the_halt_to_the_report(visit, process, cast, shots):
    factories.enter_stage(process.pk, "full")
    for number in range(8):
        item = factories.make_item(process, external_id=f"A-{number}")
        factories.propose(item, confidence=0.99)
    playbooks.install(actor=factories.ACTOR)
    page = visit.page
    visit.sign_in(cast.compliance_officer)

    visit.go("processes")
    page.get_by_role("button", name="Halt Help desk").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Wrong categories.")
    dialog.get_by_role("button", name="Halt", exact=True).click()
    page.get_by_text("Halted: desk.").wait_for()
    assert Halt.objects.filter(process=process, until=None).exists()
    look(page, "processes", shots)

    page.get_by_role("link", name="Incidents").first.click()
    page.get_by_role("button", name="Open an incident").click()
    page.get_by_label("What is wrong").fill("The model sorts bills as meters")
    page.get_by_label("Severity").select_option("2")
    page.get_by_role("dialog").get_by_role("button", name="Open", exact=True).click()
    page.get_by_role("heading", name="Affected items").wait_for()

    page.get_by_label("Decided automatically").check()
    page.get_by_role("button", name="Find").click()
    page.get_by_text("8 items fit.").wait_for()
    look(page, "preview", shots)
    page.get_by_role("button", name="Name them in the incident").click()
    page.get_by_text("8 named, 8 still as decided automatically").wait_for()

    page.get_by_label("Undo: cancel what was not sent").check()
    page.get_by_label("Reason", exact=True).fill("Sorted wrongly.")
    page.get_by_role("button", name="Dry run").click()
    page.get_by_text("8 × update-ticket").wait_for()
    look(page, "dry-run", shots)
    run = Run.objects.get()
    assert not Decision.objects.filter(state="undone").exists()
    page.get_by_role("button", name="Do the first 5").click()
    while working.work(run.pk):
        pass
    page.get_by_role("button", name="Do the other 3").click()
    while working.work(run.pk):
        pass
    page.wait_for_selector('[data-run-state="done"]')
    assert Decision.objects.filter(state="undone").count() == 8

    page.get_by_role("link", name="The incident").click()
    page.get_by_label("Playbook", exact=True).select_option(label="Effects went wrong")
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("button", name="Do it").click()
    page.get_by_text("It was halted already.").wait_for()
    look(page, "playbook", shots)
    page.get_by_role("button", name="Do it").click()
    page.get_by_role("button", name="It is done").wait_for()

    incident = Incident.objects.get()
    visit.go("incident", incident.pk)
    for name in ("Summary", "Cause", "Impact", "Measures"):
        page.get_by_role("textbox", name=name, exact=True).fill(f"{name} in words.")
    page.get_by_role("button", name="Keep").click()
    page.get_by_text("Kept.").wait_for()
    page.get_by_role("button", name="It is resolved").click()
    page.get_by_text("The incident is resolved.").wait_for()
    look(page, "incident", shots)
    page.get_by_role("link", name="Report", exact=True).click()
    page.get_by_role("heading", name="In numbers").wait_for()
    assert page.get_by_text("Cause in words.").is_visible()
    look(page, "report", shots)

    visit.go("incidents")
    look(page, "list", shots)
    page.get_by_role("button", name="Let desk go on").click()
    page.get_by_text("What waited is sent").wait_for()
    assert not Halt.objects.filter(until=None).exists()
