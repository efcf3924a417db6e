"""A revealed value goes by itself, and a reviewer decides beside what is masked."""

import pytest
from playwright.sync_api import expect

from review.decisions import operations as decisions
from tests import factories
from tests.browser.conftest import eventually
from tests.browser.looking import look
from tests.test_masking import CONTRACT, PAYLOAD, PROPOSED


@pytest.fixture
def process(transactional_db):
    return factories.make_process(contract=CONTRACT)


@pytest.fixture
def decided(process, cast):
    task = factories.make_claimed_task(process, cast.colleague, output=PROPOSED, payload=PAYLOAD)
    return decisions.decide(task_id=task.pk, actor=cast.colleague, verdict="accept").decision


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
    look(page, "masked-task")
    field = page.locator('[data-field="diagnosis"]')
    field.get_by_role("button", name="Reveal").click()
    page.get_by_label("What do you need it for?").fill("It decides the category.")
    page.get_by_role("dialog").get_by_role("button", name="Reveal").click()
    shown = field.locator("textarea")
    shown.wait_for()
    expect(shown).to_have_value("Quagvexproposeddiagnosis")
    field.get_by_role("button", name="Hide").click()
    field.get_by_role("button", name="Reveal").wait_for()
    page.get_by_role("button", name="Accept").click()
    page.locator("main[data-task]").wait_for(state="detached")
    eventually(lambda: task.decisions.exists())
    assert task.decisions.get().output == PROPOSED
