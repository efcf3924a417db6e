"""The auditor's journey: find, read, print, take a bundle and check it; change nothing."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from governance.audit import exporting
from governance.audit.exporting import seal
from governance.models import Export
from review.revealing.operations import reveal
from tests import factories
from tests.browser.conftest import eventually
from tests.browser.looking import PHONE, WIDE, changes_offered, look, recorded

SECRET = "Wilhelmina Ostrowska"


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.LEDGER_KEY_FILE = tmp_path / "keys" / "ledger.pem"
    settings.EXPORT_DIR = tmp_path / "exports"


@pytest.fixture
def past(process, cast):
    """A decision on a document, an incident, an approval that was signed, and a reveal."""
    decision = factories.make_decision(
        process,
        cast.operator,
        external_id="order-1",
        payload={"text": SECRET, "subject": SECRET, "channel": "email"},
        output={"category": "bill", "note": SECRET},
    )
    factories.make_document(decision.item)
    factories.approve_all(process)
    factories.make_incident(process, cast.lead)
    reveal(
        item=decision.item,
        actor=cast.lead,
        field="input.subject",
        purpose="The customer asks.",
    )
    seal()
    return decision


def test_an_auditor_finds_reads_prints_and_takes_and_changes_nothing(visit, past, cast, tmp_path):
    page = visit.page
    visit.sign_in(cast.auditor)
    page.get_by_role("main").get_by_role("link", name="Governance").click()
    page.get_by_role("heading", name="Afterwards").wait_for()
    expect(page.get_by_text("1 open")).to_be_visible()
    look(page, "auditor-governance")
    _finds_and_reads(page)
    _reads_what_others_did(visit, past)
    _takes_a_report(visit)
    _takes_a_bundle(visit, tmp_path)
    assert recorded(cast.auditor) == {
        "person.signed_in",
        "audit.export_requested",
        "audit.exported",
        "audit.downloaded",
        "report.handed_out",
    }


def _finds_and_reads(page):
    """From a search of the ledger over one entry to the dossier, on screen and on paper."""
    page.get_by_role("link", name="Audit The ledger").click()
    page.get_by_text("none configured").wait_for()  # how the witness stands
    page.get_by_label("Item", exact=True).fill("order-1")
    page.get_by_label("Kind").select_option("decision.")
    page.get_by_role("button", name="Show").click()
    page.locator(".entry-data summary").first.click()
    look(page, "auditor-entries")
    page.get_by_role("link", name="Accepted").click()
    page.get_by_text("Unchanged and sealed").wait_for()
    look(page, "auditor-entry")
    page.get_by_role("link", name="its dossier").click()
    page.get_by_role("heading", name="Approvals in force at that time").wait_for()
    assert SECRET not in page.inner_text("main")
    look(page, "auditor-dossier")
    page.emulate_media(media="print")
    expect(page.get_by_role("link", name="Entries", exact=True)).not_to_be_visible()
    expect(page.get_by_text("Newest checkpoint")).to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Item", exact=True).click()
    page.get_by_role("link", name="All its entries in the ledger").wait_for()
    assert SECRET not in page.content()


def _reads_what_others_did(visit, past):
    """Reveals, approvals, incidents, policies, what serves: no page offers a change."""
    page = visit.page
    visit.go("reveals")
    page.get_by_text("The customer asks.").wait_for()
    look(page, "auditor-reveals")
    visit.go("approvals")
    page.get_by_role("link", name="desk/local v1").click()
    page.get_by_text("In force until").wait_for()
    look(page, "auditor-approval")
    assert changes_offered(page) == set()
    page.get_by_role("link", name="desk/local v1 and its card").click()
    page.get_by_role("link", name="What served when").click()
    page.get_by_role("heading", name="What served when").wait_for()
    assert changes_offered(page) == set()
    visit.go("incidents")
    page.get_by_role("link", name="It errs").click()
    page.get_by_role("heading", name="Affected items").wait_for()
    look(page, "auditor-incident")
    assert changes_offered(page) == set()
    for name, *args in (
        *(["audit"], ["audit-dossier", past.pk], ["delegations"], ["incidents"], ["playbooks"]),
        *(["playbook", "desk"], ["policies"], ["privacy"], ["privacy-holds"], ["privacy-rules"]),
        *(["models"], ["deployments"], ["time-machine", "desk"], ["processes"], ["reveals"]),
    ):
        visit.go(name, *args)
        assert changes_offered(page) == set(), name


def _takes_a_report(visit):
    page = visit.page
    visit.go("reports")
    assert changes_offered(page) == set()
    page.get_by_role("link", name="Oversight by people").click()
    page.get_by_role("heading", name="Named overseers").wait_for()
    look(page, "auditor-report")
    page.set_viewport_size(PHONE)
    assert page.evaluate("[...document.querySelectorAll('main td')].length") > 5
    beyond = "one => one.getBoundingClientRect().right > innerWidth"
    assert page.evaluate(f"[...document.querySelectorAll('main td')].filter({beyond}).length") == 0
    page.set_viewport_size(WIDE)
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download as JSON").click()
    assert json.loads(Path(coming.value.path()).read_text())["report"]


def _takes_a_bundle(visit, tmp_path):
    """A bundle is made, taken, and checked by the program in it, without Countersign."""
    page = visit.page
    visit.go("audit-exports")
    page.get_by_label("Process").select_option("desk")
    page.get_by_role("button", name="Make the bundle").click()
    page.get_by_text("waiting to be made").wait_for()
    look(page, "auditor-bundle-waits")
    eventually(lambda: Export.objects.exists())
    exporting.make(Export.objects.get().pk)
    page.get_by_role("button", name="Download").wait_for()
    look(page, "auditor-bundle")
    with page.expect_download() as taking:
        page.get_by_role("button", name="Download").click()
    content = Path(taking.value.path()).read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        bundle.extractall(tmp_path / "bundle")
    program = tmp_path / "bundle" / "verify_countersign.py"
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path / "bundle")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    assert "The bundle verifies." in done.stdout
