"""A card while others write it too; how one is written and taken elsewhere is in test_owner.py."""

import pytest
from playwright.sync_api import expect

from governance.cards import operations
from governance.cards.models import CardRevision
from governance.catalogue.queries import champion
from governance.roles.roles import Role
from tests import factories
from tests.browser.conftest import eventually


@pytest.fixture
def owner(visit, cast):
    visit.sign_in(cast.model_owner)
    return visit


@pytest.fixture
def version(process):
    return champion(process.pk)


def test_a_missing_field_is_reached_from_the_list_by_keyboard(owner, version):
    page = owner.page
    owner.go("card", version.pk)
    page.get_by_role("complementary").get_by_role("link", name="Cybersecurity").press("Enter")
    assert page.url.endswith("#field-cybersecurity")
    page.keyboard.press("Tab")
    focused = page.locator("textarea:focus")
    expect(focused).to_have_attribute("name", "cybersecurity")


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
    expect(page.get_by_label("Intended purpose")).to_have_value("Mine.")
    expect(page.get_by_label("Intended users")).to_have_value("Operators.")
    page.get_by_role("button", name="Keep as revision 2").click()
    eventually(lambda: CardRevision.objects.count() == 2)
    texts = CardRevision.objects.get(number=2).texts
    assert texts == {"purpose": "Mine.", "users": "Operators."}
