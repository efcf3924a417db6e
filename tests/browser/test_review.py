"""Journeys of an operator in a real browser, by keyboard and by mouse."""

import pytest
from playwright.sync_api import expect

from review.models import Decision, Draft, PassedOver, Task
from review.tasks import operations as tasks
from tests import factories
from tests.browser.conftest import eventually

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
DARK = {"color_scheme": "dark"}


@pytest.fixture
def line(process, cast):
    """Three tasks in the desk's queue; the model says `bill` for each."""
    return [
        factories.make_task(process, external_id=f"T-{number}", payload=payload(number))
        for number in range(3)
    ]


def payload(number):
    return {
        "subject": f"Subject {number}",
        "text": "I was charged twice for the same month. " * 12,
        "amount": 12.5,
    }


@pytest.fixture
def started(visit, line, cast):
    """Signed in as the operator, with the first task on the screen."""
    visit.sign_in(cast.operator)
    visit.page.keyboard.press("g")
    visit.wait_for_task(line[0])
    return visit


def decision_on(task):
    return Decision.objects.filter(task=task).first()


def test_accept_by_key_brings_the_next_task_in_place(started, line):
    started.page.keyboard.press("a")
    started.wait_for_task(line[1])
    assert decision_on(line[0]).verdict == "accept"
    assert started.page.url.endswith(f"/tasks/{line[1].pk}/")
    assert started.page.title().startswith("Subject 1")
    expect(started.page.get_by_text("Nothing is sent for")).to_be_visible()


def test_a_key_held_down_decides_once(started, line):
    page = started.page
    page.keyboard.down("a")
    started.wait_for_task(line[1])
    for _ in range(3):
        page.keyboard.down("a")  # still down: Playwright marks these as repeats
    page.wait_for_timeout(300)
    page.keyboard.up("a")
    assert started.task_id() == str(line[1].pk)
    assert Decision.objects.count() == 1


def test_a_burst_of_clicks_decides_once(started, line):
    started.page.evaluate(
        "() => { const b = document.querySelector('[data-when=unchanged]');"
        " b.click(); b.click(); b.click(); }"
    )
    started.wait_for_task(line[1])
    started.page.wait_for_timeout(200)
    assert Decision.objects.count() == 1


def test_correct_by_digit_and_control_enter(started, line):
    page = started.page
    page.keyboard.press("2")
    expect(page.get_by_role("button", name="Save correction")).to_be_visible()
    expect(page.get_by_role("button", name="Accept", exact=False).first).not_to_be_visible()
    expect(page.get_by_text("Model said").first).to_be_visible()
    page.keyboard.press("a")
    page.wait_for_timeout(100)
    assert decision_on(line[0]) is None, "accepting is not on offer once a field has changed"
    page.keyboard.press("Control+Enter")
    started.wait_for_task(line[1])
    decision = decision_on(line[0])
    assert (decision.verdict, decision.output) == ("correct", {"category": "meter"})


def test_keys_rest_while_typing(started, line):
    page = started.page
    note = page.get_by_role("group", name="Note").locator("textarea, input[type=text]")
    note.click()
    page.keyboard.type("are se a ru?")
    expect(note).to_have_value("are se a ru?")
    assert decision_on(line[0]) is None
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()


def test_reject_with_a_reason(started, line):
    page = started.page
    page.keyboard.press("r")
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(100)
    assert decision_on(line[0]) is None
    page.locator("dialog[open]").get_by_label("Reason").fill("Spam, not a customer")
    page.keyboard.press("Control+Enter")
    started.wait_for_task(line[1])
    decision = decision_on(line[0])
    assert (decision.verdict, decision.reason) == ("reject", "Spam, not a customer")


def test_skip_without_a_reason_is_said_in_the_dialog(started, line):
    page = started.page
    page.keyboard.press("s")
    page.get_by_role("button", name="Skip").last.click()
    page.get_by_text("Say why.").wait_for()
    page.locator("dialog[open]").get_by_label("Reason").fill("I know the sender")
    page.keyboard.press("Control+Enter")
    started.wait_for_task(line[1])
    assert PassedOver.objects.get().reason == "I know the sender"


def test_escalate_moves_the_task_up(started, line):
    started.page.keyboard.press("e")
    started.page.locator("dialog[open]").get_by_label("Reason").fill("Looks like a test case")
    started.page.keyboard.press("Control+Enter")
    started.wait_for_task(line[1])
    line[0].refresh_from_db()
    assert line[0].queue.name == "senior"


def test_undo_by_key_brings_the_task_back_and_deciding_again_returns(started, line):
    page = started.page
    page.keyboard.press("a")
    started.wait_for_task(line[1])
    page.keyboard.press("u")
    started.wait_for_task(line[0])
    page.get_by_text("not sent yet, nothing to take back").wait_for()
    assert decision_on(line[0]).state == "undone"
    page.keyboard.press("a")
    started.wait_for_task(line[1])
    assert Task.objects.filter(state=Task.State.CLAIMED).count() == 1


def test_hand_back_by_key(started, line):
    started.page.keyboard.press("b")
    started.page.get_by_role("heading", name="My work").wait_for()
    assert not Task.objects.filter(state=Task.State.CLAIMED).exists()


def test_a_lost_claim_is_said_and_keeps_what_was_typed(started, line, cast):
    page = started.page
    note = page.get_by_role("group", name="Note").locator("textarea, input[type=text]")
    note.fill("Twenty minutes of work")
    tasks.reassign(task_id=line[0].pk, to=cast.colleague, actor=cast.lead)
    page.keyboard.press("Control+Enter")
    page.get_by_text("no longer yours").wait_for()
    expect(note).to_have_value("Twenty minutes of work")
    expect(page.get_by_role("button", name="Save correction")).to_be_disabled()
    assert decision_on(line[0]) is None
    draft = Draft.objects.get(task=line[0], actor=cast.operator)
    assert draft.output["note"] == "Twenty minutes of work"


def test_a_value_against_the_contract_is_named_beside_its_field(started, line):
    page = started.page
    note = page.get_by_role("group", name="Note").locator("textarea, input[type=text]")
    note.fill("x" * 201)
    page.keyboard.press("Control+Enter")
    page.get_by_text("Note must have at most 200 characters.").wait_for()
    expect(note).to_have_value("x" * 201)
    note.fill("short")
    page.keyboard.press("Control+Enter")
    started.wait_for_task(line[1])
    assert decision_on(line[0]).output == {"category": "bill", "note": "short"}


def test_what_is_typed_becomes_a_draft_by_itself(started, line, cast):
    page = started.page
    page.get_by_role("group", name="Note").locator("textarea, input[type=text]").fill("half a th")
    page.get_by_text("Draft saved").wait_for()
    assert Draft.objects.get(task=line[0]).output["note"] == "half a th"
    page.reload()
    page.get_by_text("Your draft is back.").wait_for()


def test_no_draft_is_left_after_deciding_at_once(started, line):
    page = started.page
    page.get_by_role("group", name="Note").locator("textarea, input[type=text]").fill("done")
    page.keyboard.press("Control+Enter")
    started.wait_for_task(line[1])
    page.wait_for_timeout(1200)  # longer than the draft's pause
    assert not Draft.objects.exists()


def test_losing_the_connection_is_said(started, line):
    started.page.context.set_offline(True)
    started.page.keyboard.press("a")
    started.page.get_by_text("No connection.").wait_for()
    started.page.context.set_offline(False)
    started.problems.clear()  # the browser itself reports the failed request
    started.page.keyboard.press("a")
    started.wait_for_task(line[1])


def test_being_signed_out_never_swaps_the_sign_in_page_into_the_work(started, line):
    started.page.context.clear_cookies(name="sessionid")
    started.page.keyboard.press("a")
    started.page.get_by_text("You are signed out.").wait_for()
    assert started.task_id() == str(line[0].pk)


def test_by_mouse_alone(visit, line, cast):
    visit.sign_in(cast.operator)
    visit.page.get_by_role("button", name="Start", exact=False).first.click()
    visit.wait_for_task(line[0])
    visit.page.get_by_role("radio", name="Other").click()
    visit.page.get_by_role("button", name="Save correction").click()
    visit.wait_for_task(line[1])
    visit.page.get_by_role("button", name="Undo").click()
    visit.wait_for_task(line[0])
    eventually(lambda: decision_on(line[0]).state == "undone")


PAGES = ["my-work", "history", "items", "team", "failed-effects", "processes"]


@pytest.mark.parametrize("visit", [PHONE], indirect=True)
def test_nothing_scrolls_sideways_on_a_phone(visit, line, process, cast):
    held = factories.claim(line[0], cast.lead)
    claimed = factories.claim(line[1], cast.lead)
    decision = factories.decisions.decide(
        task_id=claimed.pk, actor=cast.lead, verdict="reject", reason="x" * 200
    ).decision
    visit.go("login")
    assert not overflows(visit.page)
    visit.sign_in(cast.lead)
    places = [(name,) for name in PAGES]
    places += [("task", held.pk), ("item", held.item_id), ("decision", decision.pk)]
    for place in places:
        visit.go(*place)
        assert not overflows(visit.page), place


def overflows(page):
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


@pytest.mark.parametrize("visit", [DARK], indirect=True)
def test_the_theme_follows_the_system_and_the_toggle_is_kept(visit, line, cast):
    visit.sign_in(cast.operator)
    background = "getComputedStyle(document.body).backgroundColor"
    dark = visit.page.evaluate(background)
    assert sum(map(int, dark.removeprefix("rgb(").rstrip(")").split(","))) < 150
    visit.page.get_by_role("button", name="Change between light and dark").click()
    light = visit.page.evaluate(background)
    assert light != dark
    visit.go("history")
    assert visit.page.evaluate(background) == light


def test_nothing_of_an_item_stays_in_the_browser(started, line):
    started.page.keyboard.press("a")
    started.wait_for_task(line[1])
    stored = started.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "Subject" not in stored
    assert "charged" not in stored
