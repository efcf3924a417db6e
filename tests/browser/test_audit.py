"""The auditor's journey: find an entry, read and print a dossier, take a bundle and check it."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from governance.audit import exporting
from governance.audit.exporting import seal
from governance.audit.models import Export
from tests import factories
from tests.browser.conftest import eventually
from tests.browser.test_accessibility import RULES, VIEWS

SECRET = "Wilhelmina Ostrowska"


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.LEDGER_KEY_FILE = tmp_path / "keys" / "ledger.pem"
    settings.EXPORT_DIR = tmp_path / "exports"


def serious(page):
    report = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]}"
        for one in report["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]


def look(page, name):
    """No serious finding, and nothing wider than the screen."""
    assert serious(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1")


@pytest.mark.parametrize("visit", VIEWS, indirect=True)
def test_an_auditor_finds_reads_prints_and_takes(visit, process, cast, request, tmp_path):
    theme = request.node.callspec.id
    decision = factories.make_decision(
        process,
        cast.operator,
        external_id="order-1",
        payload={"text": SECRET, "subject": SECRET, "channel": "email"},
        output={"category": "bill", "note": SECRET},
    )
    factories.make_document(decision.item)
    factories.make_item(process)
    seal()
    page = visit.page
    visit.sign_in(cast.auditor)

    page.get_by_role("link", name="Governance").click()
    page.get_by_role("link", name="Audit The ledger").click()
    page.get_by_label("Item", exact=True).fill("order-1")
    page.get_by_label("Kind").select_option("decision.")
    page.get_by_role("button", name="Show").click()
    page.locator(".entry-data summary").first.click()
    look(page, f"audit-{theme}")

    page.get_by_role("link", name="Accepted").click()
    page.get_by_text("Unchanged and sealed").wait_for()
    look(page, f"audit-entry-{theme}")

    page.get_by_role("link", name="its dossier").click()
    page.get_by_role("heading", name="Approvals in force at that time").wait_for()
    assert SECRET not in page.inner_text("main")
    look(page, f"audit-dossier-{theme}")
    page.emulate_media(media="print")
    assert not page.get_by_role("link", name="Entries", exact=True).is_visible()
    assert page.get_by_text("Newest checkpoint").is_visible()
    page.emulate_media(media="screen")

    visit.go("audit-exports")
    look(page, f"audit-exports-{theme}")
    page.get_by_label("Process").select_option("desk")
    page.get_by_role("button", name="Make the bundle").click()
    page.get_by_text("waiting to be made").wait_for()
    look(page, f"audit-export-waits-{theme}")
    eventually(lambda: Export.objects.exists())
    exporting.make(Export.objects.get().pk)
    page.get_by_role("button", name="Download").wait_for()
    look(page, f"audit-export-{theme}")
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
