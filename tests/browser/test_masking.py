"""Revealing a masked value by keyboard alone; it goes again by itself."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from governance.models import Reveal
from review.decisions import operations as decisions
from tests import factories
from tests.browser.conftest import eventually
from tests.test_masking import CONTRACT, PAYLOAD, PROPOSED

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 800}
VIEWS = [
    pytest.param({"color_scheme": "light", "viewport": WIDE}, id="light"),
    pytest.param({"color_scheme": "dark", "viewport": WIDE}, id="dark"),
    pytest.param({"color_scheme": "light", "viewport": PHONE}, id="phone"),
]


@pytest.fixture
def process(transactional_db):
    return factories.make_process(contract=CONTRACT)


@pytest.fixture
def decided(process, cast):
    task = factories.make_claimed_task(process, cast.colleague, output=PROPOSED, payload=PAYLOAD)
    return decisions.decide(task_id=task.pk, actor=cast.colleague, verdict="accept").decision


def serious(page):
    """axe's serious findings on what is on the screen now."""
    report = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in report["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("visit", VIEWS, indirect=True)
def test_a_value_is_revealed_by_keyboard_and_hidden_again(visit, decided, cast, settings):
    settings.REVEAL_SECONDS = 600
    visit.sign_in(cast.lead)
    visit.go("item", decided.item_id)
    page = visit.page
    assert "Quagvex" not in page.content()
    assert serious(page) == []
    veil = page.locator("#veil-input-input-subject")
    button = veil.get_by_role("button", name="Reveal")
    button.focus()
    page.keyboard.press("Enter")
    purpose = page.get_by_label("What do you need it for?")
    purpose.wait_for()
    assert serious(page) == []
    page.keyboard.type("no")
    page.get_by_role("dialog").get_by_role("button", name="Reveal").press("Enter")
    page.get_by_text("5 to 500 characters").wait_for()
    purpose.fill("The customer is on the telephone.")
    page.get_by_role("dialog").get_by_role("button", name="Reveal").press("Enter")
    veil.get_by_text("Quagvexsubject").wait_for()
    assert not page.locator("#reveal").evaluate("dialog => dialog.open")
    assert "min" in veil.locator("[data-seconds-left]").inner_text()
    assert serious(page) == []
    veil.get_by_role("button", name="Hide").press("Enter")
    veil.get_by_role("button", name="Reveal").wait_for()
    assert "Quagvex" not in page.content()
    eventually(lambda: Reveal.objects.get().ended_at is not None)
    visit.page.context.clear_cookies()
    visit.sign_in(cast.auditor)
    visit.go("reveals")
    page.get_by_text("The customer is on the telephone.").wait_for()
    assert serious(page) == []


def test_a_revealed_value_goes_by_itself(visit, decided, cast, settings):
    settings.REVEAL_SECONDS = 3
    visit.sign_in(cast.lead)
    visit.go("item", decided.item_id)
    veil = visit.page.locator("#veil-input-input-subject")
    veil.get_by_role("button", name="Reveal").click()
    visit.page.get_by_label("What do you need it for?").fill("The customer asks.")
    visit.page.get_by_role("dialog").get_by_role("button", name="Reveal").click()
    veil.get_by_text("Quagvexsubject").wait_for()
    veil.get_by_role("button", name="Reveal").wait_for()
    assert "Quagvex" not in visit.page.content()


def test_the_reviewer_decides_beside_what_is_masked_and_reveals_it(visit, process, cast):
    task = factories.make_claimed_task(process, cast.operator, output=PROPOSED, payload=PAYLOAD)
    visit.sign_in(cast.operator)
    visit.go("task", task.pk)
    visit.wait_for_task(task)
    page = visit.page
    assert "Quagvextext" in page.content()
    assert "Quagvexproposeddiagnosis" not in page.content()
    assert serious(page) == []
    field = page.locator('[data-field="diagnosis"]')
    field.get_by_role("button", name="Reveal").click()
    page.get_by_label("What do you need it for?").fill("It decides the category.")
    page.get_by_role("dialog").get_by_role("button", name="Reveal").click()
    shown = field.locator("textarea")
    shown.wait_for()
    assert shown.input_value() == "Quagvexproposeddiagnosis"
    assert serious(page) == []
    field.get_by_role("button", name="Hide").click()
    field.get_by_role("button", name="Reveal").wait_for()
    page.get_by_role("button", name="Accept").click()
    page.locator("main[data-task]").wait_for(state="detached")
    eventually(lambda: task.decisions.exists())
    assert task.decisions.get().output == PROPOSED
