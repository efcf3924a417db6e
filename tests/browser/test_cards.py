"""A card while others write it too; how one is written and taken elsewhere is in test_owner.py."""

import time

import pytest
from playwright.sync_api import expect

from governance.cards import operations
from governance.cards.models import CardDraft, CardRevision
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


# By a script, for a click would leave the field first, and that alone saves.
def _click_a_link(owner):
    owner.page.locator("a[href='/governance/models/']").first.evaluate("one => one.click()")
    owner.page.get_by_role("heading", name="Models", exact=True).wait_for()


def _reload(owner):
    owner.page.reload()


def _go_elsewhere(owner):
    owner.go("my-work")


def _close_the_tab(owner):
    with owner.page.expect_event("close"):
        owner.page.close(run_before_unload=True)


@pytest.mark.parametrize("leave", [_click_a_link, _reload, _go_elsewhere, _close_the_tab])
def test_what_was_typed_just_before_leaving_is_the_draft(owner, version, leave):
    owner.go("card", version.pk)
    owner.page.get_by_label("Intended purpose").press_sequentially("Sorts letters.")
    leave(owner)
    eventually(lambda: CardDraft.objects.exists())
    assert CardDraft.objects.get().texts == {"purpose": "Sorts letters."}


def test_signing_out_waits_until_it_is_saved(owner, version):
    page = owner.page
    owner.go("card", version.pk)
    page.route("**/card/draft/", lambda route: (time.sleep(0.5), route.continue_()))
    page.get_by_label("Intended purpose").press_sequentially("Sorts letters.")
    page.get_by_role("button", name="Sign out").evaluate("one => one.click()")
    page.get_by_role("button", name="Sign in").wait_for()
    assert CardDraft.objects.get().texts == {"purpose": "Sorts letters."}


def test_a_tab_that_is_hidden_saves_at_once(owner, version):
    owner.go("card", version.pk)
    page = owner.page
    page.evaluate("Object.defineProperty(document, 'visibilityState', {get: () => 'hidden'})")
    page.locator("#text-purpose").evaluate(
        "one => { one.value = 'Unseen.'; one.form.removeAttribute('hx-trigger');"
        " one.form.dispatchEvent(new Event('input'));"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    eventually(lambda: CardDraft.objects.filter(texts={"purpose": "Unseen."}).exists(), 0.7)


def test_a_reload_that_overtakes_the_draft_still_shows_it(owner, version):
    """The page is asked for while what was sent on leaving is still on its way."""
    page = owner.page
    owner.go("card", version.pk)
    page.route("**/card/draft/", lambda route: route.abort())
    page.get_by_label("Intended purpose").press_sequentially("Sorts letters.")
    page.reload()
    page.unroute("**/card/draft/")
    expect(page.get_by_label("Intended purpose")).to_have_value("Sorts letters.")
    eventually(lambda: CardDraft.objects.exists())
    owner.problems = [one for one in owner.problems if "ERR_FAILED" not in one]


def test_what_is_too_long_to_be_sent_on_leaving_is_asked_about(owner, version):
    page = owner.page
    owner.go("card", version.pk)
    for name in ("users", "limits", "harms"):
        page.locator(f"#text-{name}").evaluate("one => { one.value = '語'.repeat(9000); }")
    page.get_by_label("Intended purpose").press_sequentially("Sorts letters.")
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Models", exact=True).click(no_wait_after=True)
    eventually(lambda: CardDraft.objects.exists())
    assert asked == ["beforeunload"]
    expect(page.get_by_label("Intended purpose")).to_have_value("Sorts letters.")


def test_what_is_discarded_does_not_come_back(owner, version):
    page = owner.page
    owner.go("card", version.pk)
    page.get_by_label("Intended purpose").fill("First.")
    page.get_by_text("Draft saved").wait_for()
    page.reload()
    page.get_by_label("Intended purpose").press_sequentially("Second. ")
    sent = []
    page.on("request", lambda request: sent.append(request.url.rpartition("/card/")[2]))
    page.locator("#discard form button:not([type])").evaluate("one => one.click()")
    page.get_by_text("Your draft is gone").wait_for()
    assert not CardDraft.objects.exists()
    assert "discard/" in sent
    assert "draft/" not in sent


def test_bar_and_panel_say_the_same_while_the_field_keeps_the_focus(owner, version):
    page = owner.page
    owner.go("card", version.pk)
    panel, bar = page.get_by_role("complementary"), page.locator(".save-bar")
    before = int(panel.locator("#complete-share").inner_text().split("%")[1].split(" of ")[0])
    expect(panel.get_by_role("link", name="Intended purpose")).to_be_visible()
    page.get_by_label("Intended purpose").press_sequentially("Sorts letters.")
    page.get_by_text("Draft saved").wait_for()
    expect(bar).to_contain_text(f"{before + 1} of ")
    expect(panel.locator("#complete-share")).to_contain_text(f"{before + 1} of ")
    expect(panel.get_by_role("link", name="Intended purpose")).to_have_count(0)
    expect(page.locator("textarea:focus")).to_have_attribute("name", "purpose")
    # A list that was put away stays so.
    panel.locator("summary").click()
    page.get_by_label("Intended users").press_sequentially("Operators.")
    expect(panel.locator("#complete-share")).to_contain_text(f"{before + 2} of ")
    expect(panel.locator("details")).not_to_have_attribute("open", "")
