"""The model owner's journey: write a card, see it saved, keep it, compare, take it elsewhere."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from governance.cards import operations
from governance.cards.models import CardDraft, CardRevision
from governance.catalogue.queries import champion
from governance.roles.roles import Role
from review.measuring import operations as measuring
from tests import factories
from tests.browser.conftest import eventually

THEMES = [
    pytest.param({"color_scheme": "light", "viewport": {"width": 1360, "height": 900}}, id="light"),
    pytest.param({"color_scheme": "dark", "viewport": {"width": 360, "height": 740}}, id="dark"),
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def owner(visit, cast):
    visit.sign_in(cast.model_owner)
    return visit


@pytest.fixture
def version(process):
    return champion(process.pk)


def looks_sound(page):
    """No serious finding by axe, and nothing to scroll sideways."""
    report = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response
    found = [
        f"{one['id']}: {node['html'][:160]}"
        for one in report["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]
    assert not found, "\n".join(found)
    width, seen = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert width <= seen


@pytest.mark.parametrize("visit", THEMES, indirect=True)
def test_a_card_is_written_saved_by_itself_kept_and_exported(owner, cast, version, process):
    factories.make_decision(process, cast.operator, verdict="correct")
    page = owner.page
    owner.go("governance")
    page.get_by_role("link", name="Models").click()
    looks_sound(page)
    page.get_by_role("link", name="desk/local v1").click()
    page.get_by_role("link", name="Write the card").click()
    page.get_by_label("Intended purpose").fill("Sorts letters to the help desk.")
    page.get_by_text("Draft saved").wait_for()
    assert CardDraft.objects.get().texts == {"purpose": "Sorts letters to the help desk."}
    looks_sound(page)
    page.reload()
    assert page.get_by_label("Intended purpose").input_value().startswith("Sorts letters")

    page.get_by_role("button", name="Keep as revision 1").click()
    page.get_by_text("Kept as revision 1").wait_for()
    assert not CardDraft.objects.exists()
    assert page.locator("#field-purpose").get_by_text("Sorts letters").is_visible()

    page.get_by_role("button", name="Measure now").click()
    page.get_by_text("Being measured", exact=False).first.wait_for()
    measuring.measure(version.pk)
    page.get_by_role("table", name="Override rate").wait_for()  # the page asks by itself
    looks_sound(page)

    with page.expect_download() as coming:
        page.get_by_role("link", name="CycloneDX").click()
    content = coming.value.path().read_text()
    assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(content) is None
    purpose = json.loads(content)["components"][0]["modelCard"]["considerations"]["useCases"]
    assert purpose == ["Sorts letters to the help desk."]

    page.get_by_role("main").get_by_role("link", name="History").click()
    page.get_by_role("heading", name="What changed").wait_for()
    looks_sound(page)


def test_a_missing_field_is_reached_from_the_list_by_keyboard(owner, version):
    page = owner.page
    owner.go("card", version.pk)
    page.get_by_role("complementary").get_by_role("link", name="Cybersecurity").press("Enter")
    assert page.url.endswith("#field-cybersecurity")
    page.keyboard.press("Tab")
    focused = page.locator("textarea:focus")
    assert focused.get_attribute("name") == "cybersecurity"


def test_a_colleagues_revision_in_between_is_said_and_nothing_is_lost(owner, version, process):
    colleague = factories.make_person("max", process, Role.MODEL_OWNER)
    page = owner.page
    owner.go("card", version.pk)
    operations.revise(
        version=version,
        author=colleague,
        base=0,
        texts={"purpose": "Theirs.", "users": "Operators."},
    )
    page.get_by_label("Intended purpose").fill("Mine.")
    page.get_by_text("kept revision 1 meanwhile").wait_for()
    page.get_by_role("button", name="Keep as revision 1").click()
    page.get_by_role("button", name="Go on from revision 1").click()
    page.get_by_text("goes on from revision 1").wait_for()
    assert page.get_by_label("Intended purpose").input_value() == "Mine."
    assert page.get_by_label("Intended users").input_value() == "Operators."
    page.get_by_role("button", name="Keep as revision 2").click()
    eventually(lambda: CardRevision.objects.count() == 2)
    texts = CardRevision.objects.get(number=2).texts
    assert texts == {"purpose": "Mine.", "users": "Operators."}
