"""Two people at once: who is here, handing over, holding, mentioning."""

import pytest
from playwright.sync_api import expect

from review.models import Handover, Hold, Note, Notice, Task
from review.tasks import operations as tasks
from tests import factories
from tests.browser.conftest import PATIENCE, Visit, eventually

PAYLOAD = {"subject": "Charged twice", "text": "I was charged twice for the same month."}


@pytest.fixture
def line(process, cast):
    return [factories.make_task(process, external_id=f"T-{n}", payload=PAYLOAD) for n in range(3)]


@pytest.fixture
def people(chromium, live_server, answering):
    """Opens browsers of their own: people()(person) is that person's page, signed in."""
    contexts, visits = [], []

    def enter(person, **options):
        context = chromium.new_context(reduced_motion="reduce", **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        one = Visit(context.new_page(), live_server.url)
        visits.append(one)
        one.sign_in(person)
        return one

    yield enter
    for context in contexts:
        context.close()
    answering.settle()
    problems = [problem for one in visits for problem in one.problems]
    assert not problems, "\n".join(problems)


def named(person, first, last):
    person.first_name, person.last_name = first, last
    person.save()
    return person


def start(visit, task):
    visit.page.keyboard.press("g")
    visit.wait_for_task(task)


def test_each_sees_within_five_seconds_who_else_is_here(people, line, cast):
    anna = people(named(cast.operator, "Anna", "Berg"))
    start(anna, line[0])
    lea = people(named(cast.lead, "Lea", "Day"))
    lea.go("item", line[0].item_id)
    lea.page.wait_for_selector(".face-deciding >> text=AB", timeout=5000)
    anna.page.wait_for_selector(".presence .face >> text=LD", timeout=5000)
    said = anna.page.locator(".presence .visually-hidden").all_text_contents()
    assert any("Lea Day is looking at this item" in one for one in said)
    expect(anna.page.locator(".face")).to_have_count(1)  # nobody sees themselves


def test_a_task_handed_over_arrives_with_its_note_and_draft(people, line, cast):
    anna = people(named(cast.operator, "Anna", "Berg"))
    colleague = named(cast.colleague, "Carl", "Ohm")
    start(anna, line[0])
    anna.page.keyboard.press("n")
    tasks.save_draft(task_id=line[0].pk, actor=cast.operator, output={"category": "other"})
    anna.page.keyboard.press("o")
    anna.page.wait_for_selector("#handing[open] select:focus")
    anna.page.get_by_label("To", exact=True).select_option("Carl Ohm")
    anna.page.get_by_role("button", name="Hand over Ctrl").click()
    anna.page.wait_for_selector("#hand-error >> text=Say why.")
    anna.page.get_by_label("Note", exact=True).fill("You know this customer.")
    anna.page.keyboard.press("Control+Enter")
    anna.wait_for_task(line[1])
    assert Handover.objects.get().to == colleague

    carl = people(colleague)
    expect(
        carl.page.get_by_text("Handed to you by Anna Berg: You know this customer.")
    ).to_be_visible()
    carl.page.wait_for_selector(".bell-count >> text=1")
    carl.page.get_by_role("link", name="Notices").click()
    carl.page.get_by_role("link", name="A task was handed to you").click()
    carl.wait_for_task(line[0])
    expect(carl.page.get_by_text("Your draft is back.")).to_be_visible()
    assert Notice.objects.get(person=colleague).read_at is not None


def test_a_held_task_waits_on_my_work_while_the_next_one_comes(people, line, cast):
    anna = people(cast.operator)
    start(anna, line[0])
    anna.page.keyboard.press("h")
    anna.page.wait_for_selector("#handing[open] select:focus")
    anna.page.get_by_label("For", exact=True).select_option("1 hour")
    anna.page.locator("#hold-reason").fill("Waiting for an answer.")
    anna.page.keyboard.press("Control+Enter")
    anna.wait_for_task(line[1])
    assert Hold.objects.get().task_id == line[0].pk
    anna.go("my-work")
    expect(anna.page.get_by_text("Held for later")).to_be_visible()
    expect(anna.page.get_by_text("Waiting for an answer.")).to_be_visible()
    anna.page.get_by_role("button", name="Take up").click()
    anna.wait_for_task(line[0])
    assert Hold.objects.get().ended_at is not None


def test_a_mention_by_keyboard_reaches_the_one_it_names(people, line, cast):
    senior = named(cast.senior, "Sena", "Vidal")
    anna = people(cast.operator)
    start(anna, line[0])
    note = anna.page.get_by_label("Write a note; @ mentions somebody")
    note.press_sequentially("Is this a duplicate, @se")
    anna.page.wait_for_selector('.mention-list [data-name="senior"]')
    note.press("Enter")
    note.press_sequentially("?")
    expect(note).to_have_value("Is this a duplicate, @senior ?")
    anna.page.get_by_role("button", name="Add note").click()
    anna.page.wait_for_selector(".note-list >> text=Is this a duplicate")
    assert Note.objects.count() == 1
    assert Task.objects.get(pk=line[0].pk).state == "claimed"  # typing pressed no key of the page

    sena = people(senior)
    sena.page.wait_for_selector(".bell-count >> text=1")
    sena.page.get_by_role("link", name="Notices").click()
    sena.page.get_by_role("link", name="You were mentioned in a note").click()
    sena.page.wait_for_selector(".note-list >> text=Is this a duplicate")


def test_losing_the_claim_while_handing_over_is_said_and_nothing_is_lost(people, line, cast):
    named(cast.colleague, "Carl", "Ohm")
    anna = people(cast.operator)
    start(anna, line[0])
    anna.page.keyboard.press("o")
    anna.page.wait_for_selector("#handing[open] select:focus")
    tasks.reassign(task_id=line[0].pk, to=cast.colleague, actor=cast.lead)
    anna.page.get_by_label("To", exact=True).select_option("Carl Ohm")
    anna.page.get_by_label("Note", exact=True).fill("Too late.")
    anna.page.keyboard.press("Control+Enter")
    anna.page.wait_for_selector("#notice [data-lost]")
    assert not Handover.objects.exists()


def test_choosing_how_one_is_told_is_kept_and_mistakes_are_said(people, process, cast):
    anna = people(cast.operator)
    anna.go("notice-ways")
    anna.page.get_by_label("You were mentioned in a note, by e-mail").select_option("once a day")
    anna.page.get_by_label("Time zone").select_option("Europe/Berlin")
    anna.page.get_by_label("Address of your chat's incoming webhook").fill("https://else.example/")
    anna.page.get_by_role("button", name="Save").click()
    anna.page.wait_for_selector("#chat-error >> text=must be on a host")
    anna.page.get_by_label("Address of your chat's incoming webhook").fill("")
    anna.page.get_by_role("button", name="Save").click()
    anna.page.wait_for_selector(".messages >> text=Saved.")
    chosen = anna.page.get_by_label("You were mentioned in a note, by e-mail")
    expect(chosen).to_have_value("daily")


def test_without_redis_nobody_is_shown_and_nothing_breaks(people, line, cast, monkeypatch):
    monkeypatch.setattr("review.tasks.presence.cache", object())
    anna = people(cast.operator)
    start(anna, line[0])
    anna.page.wait_for_timeout(600)
    expect(anna.page.locator(".face")).to_have_count(0)
    anna.page.keyboard.press("a")
    anna.wait_for_task(line[1])
    eventually(lambda: Task.objects.get(pk=line[0].pk).state == "decided")
