"""Every page: what it shows, to whom, and for how many statements."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from review.console import words
from review.effects import operations as effects
from review.effects.sending import Failure
from review.models import Effect, Item, Queue, Task
from tests import factories
from tests.review.console.conftest import Browser, browser, statements, text

pytestmark = pytest.mark.django_db

PLAIN_PAGES = ["my-work", "history", "items", "team", "failed-effects", "processes"]
# Who opens what: the right decides, not the role's name.
OPENS = {
    "operator": {"my-work", "history", "items"},
    "senior": {"my-work", "history", "items"},
    "lead": set(PLAIN_PAGES),
    "owner": {"my-work", "history", "items", "processes"},
    "model_owner": {"my-work", "history", "items", "processes"},
    "compliance_officer": {"my-work", "history", "items", "processes"},
    "auditor": {"my-work", "history", "items", "processes"},
    "platform_engineer": {"my-work", "history", "failed-effects", "processes"},
    "outsider": {"my-work", "history"},
}


@pytest.mark.parametrize("role", sorted(OPENS))
def test_pages_open_by_right_and_the_navigation_names_just_those(cast, role):
    person = browser(getattr(cast, role))
    opened = {name for name in PLAIN_PAGES if person.get(name).status_code == 200}
    refused = {person.get(name).status_code for name in set(PLAIN_PAGES) - OPENS[role]}
    assert opened == OPENS[role]
    assert refused <= {403}
    navigation = re.search(r'<nav class="places".*?</nav>', text(person.get("my-work")), re.S)
    named = {name for name in PLAIN_PAGES if f'href="{reverse(name)}"' in navigation.group()}
    assert named == OPENS[role]


@pytest.mark.parametrize("name", PLAIN_PAGES)
def test_pages_send_strangers_to_sign_in(db, name):
    response = Browser().get(name)
    assert response.status_code == 302
    assert response.url.startswith(reverse("login"))


def test_signing_in_leads_to_my_work(cast):
    person = Browser()
    assert cast.operator.username == "operator"
    wrong = person.post("login", username="operator", password="not it")
    assert "do not match" in text(wrong)
    right = person.post("login", username="operator", password=factories.PASSWORD)
    assert (right.status_code, right.url) == (302, reverse("my-work"))
    assert person.get("logout").status_code == 405
    assert person.post("logout").url == reverse("login")


def test_my_work_offers_the_queue_that_is_due_first(operator, process):
    factories.make_task(process)
    shown = text(operator.get("my-work"))
    assert f'action="{reverse("review", args=["desk", "desk"])}"' in shown
    assert "1 waiting" in shown
    assert "due in 23 h" in shown


def test_my_work_offers_to_resume_what_is_held(operator, process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    shown = text(operator.get("my-work"))
    assert "In your hands" in shown
    assert reverse("task", args=[task.pk]) in shown


def test_starting_claims_the_next_task_and_starting_again_resumes_it(operator, process, cast):
    task = factories.make_task(process)
    factories.make_task(process)
    assert operator.get("review", "desk", "desk").status_code == 200
    assert not Task.objects.filter(state=Task.State.CLAIMED).exists(), "looking claims nothing"
    first = operator.post("review", "desk", "desk")
    again = operator.post("review", "desk", "desk")
    assert first.url == again.url == reverse("task", args=[task.pk])
    assert Task.objects.filter(state=Task.State.CLAIMED).count() == 1


def test_a_paused_queue_hands_out_nothing(operator, process):
    factories.make_task(process)
    Queue.objects.filter(process=process, name="desk").update(is_paused=True)
    response = operator.post("review", "desk", "desk")
    assert "This queue is paused" in text(response)


def test_the_review_screen_shows_input_candidate_and_why(operator, process, cast):
    payload = {
        "subject": "Wrong bill",
        "text": "I was charged twice.\nPlease help.",
        "amount": 12.5,
    }
    task = factories.make_claimed_task(process, cast.operator, payload=payload)
    shown = text(operator.get("task", task.pk))
    assert '<h1 dir="auto">Wrong bill</h1>' in shown
    assert "I was charged twice.\nPlease help." in shown
    assert "12.50" in shown
    assert "high · 95%" in shown
    assert "The process is assisted: a person looks at every item." in shown
    assert "desk/local v1" in shown
    assert "version 1" in shown
    assert 'value="bill" checked' in shown


def test_the_least_certain_field_has_the_start(operator, process, cast):
    item = factories.make_item(process)
    factories.propose(item, {"category": "bill", "note": "x"}, confidence=0.6)
    task = factories.claim(item.tasks.get(), cast.operator)
    shown = text(operator.get("task", task.pk))
    start = re.search(r'data-field="(\w+)"[^>]*data-start', shown)
    assert start.group(1) == "category", "60% is under the 90% that category needs"
    assert "low · 60%" in shown or "medium · 60%" in shown
    assert "needs 90%" in shown


def test_input_is_escaped(operator, process, cast):
    attack = "<script>alert(1)</script>"
    task = factories.make_claimed_task(
        process, cast.operator, payload={"subject": attack, "text": attack}
    )
    at_work, item = operator.get("task", task.pk), operator.get("item", task.item_id)
    assert attack not in text(at_work) + text(item)
    assert escape(attack) in text(at_work)
    assert escape(attack) not in text(item), "it is personal, so masked there"


def test_a_blind_task_shows_no_candidate(cast):
    process = factories.make_process("shadowed", stage="shadow")
    people = factories.make_person("blind", process, factories.Role.OPERATOR)
    task = factories.make_claimed_task(
        process, people, output={"category": "meter", "note": "zebra"}
    )
    person = browser(people)
    for page in (person.get("task", task.pk), person.get("item", task.item_id)):
        assert "zebra" not in text(page)
        assert "95%" not in text(page)
    assert "no suggestion is shown" in text(person.get("task", task.pk))
    assert 'value="accept"' not in text(person.get("task", task.pk))
    assert "checked" not in text(person.get("task", task.pk))


def test_a_failed_check_does_not_tell_a_blind_reviewer_what_the_model_said(process, cast):
    item = factories.make_item(process)
    factories.propose(item, {"category": "meter"}, confidence=0.1)
    task = factories.claim(item.tasks.get(kind="compliance"), cast.compliance_officer)
    shown = text(browser(cast.compliance_officer).get("task", task.pk))
    assert "is under the floor of 20%" in shown
    assert "Meter replies pass compliance." not in shown


def test_the_second_of_two_does_not_see_what_the_first_decided(process, cast):
    item = factories.make_item(process, {"text": "Hello", "channel": "vip"})
    factories.propose(item)
    first = factories.claim(item.tasks.get(kind="review"), cast.operator)
    factories.decisions.decide(
        task_id=first.pk, actor=cast.operator, verdict="correct", output={"category": "other"}
    )
    page = browser(cast.senior).get("item", item.pk)
    assert "Hidden until all have decided." in text(page)
    assert "Corrected" not in text(page)
    assert "Corrected" not in text(browser(cast.auditor).get("item", item.pk))
    assert "Corrected" in text(browser(cast.operator).get("item", item.pk))


def test_another_persons_task_is_not_shown(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    shown = text(browser(cast.colleague).get("task", task.pk))
    assert "A colleague has this task" in shown
    assert "The bill is wrong." not in shown
    assert browser(cast.outsider).get("task", task.pk).status_code == 404
    assert browser(cast.auditor).get("task", task.pk).status_code == 403
    assert browser(cast.operator).get("task", uuid4()).status_code == 404


def test_history_lists_ones_own_decisions_and_undo_tells_each_effect(operator, process, cast):
    decision = factories.make_decision(process, cast.operator, external_id="T-7")
    factories.make_decision(process, cast.colleague, external_id="T-8")
    shown = text(operator.get("history"))
    assert "T-7" in shown
    assert "T-8" not in shown
    page = text(operator.get("decision", decision.pk))
    assert "Update ticket: not sent yet, nothing to take back." in page
    undone = operator.client.post(reverse("decision-undo", args=[decision.pk]), follow=True)
    assert "Undone. Update ticket: not sent yet, nothing to take back." in text(undone)
    assert "No longer in force" in text(undone)


def test_history_pages_by_twenty(operator, process, cast):
    for number in range(22):
        factories.make_decision(process, cast.operator, external_id=f"H-{number:02}")
    first = text(operator.get("history"))
    older = re.search(r'href="\?before=([0-9a-f-]+)"', first).group(1)
    second = text(operator.get("history", before=older))
    assert "H-21" in first
    assert "H-01" not in first
    assert "H-01" in second
    assert "H-02" not in second


def test_amending_puts_another_decision_in_its_place(operator, process, cast):
    decision = factories.make_decision(process, cast.operator)
    response = operator.client.post(
        reverse("decision-amend", args=[decision.pk]),
        {"verdict": "correct", "output.category": "other"},
        follow=True,
    )
    assert "Amended." in text(response)
    decision.refresh_from_db()
    assert decision.state == "superseded"
    wrong = operator.post("decision-amend", decision.superseded_by.pk, **{"verdict": "correct"})
    assert wrong.status_code == 422
    assert "Category is required." in text(wrong)


def test_decisions_of_others_need_the_right_to_override(process, cast):
    decision = factories.make_decision(process, cast.operator)
    assert browser(cast.lead).get("decision", decision.pk).status_code == 200
    assert browser(cast.colleague).get("decision", decision.pk).status_code == 403
    assert browser(cast.outsider).get("decision", decision.pk).status_code == 404


def test_items_are_found_by_process_state_and_exact_external_id(operator, process, cast):
    factories.make_decision(process, cast.operator, external_id="A-2")
    factories.make_task(process, external_id="A-1")
    assert {"A-1", "A-2"} <= set(re.findall(r"A-\d", text(operator.get("items"))))
    waiting = text(operator.get("items", state="waiting"))
    assert "A-1" in waiting
    assert "A-2" not in waiting
    exact = text(operator.get("items", external_id="A-2"))
    assert "A-2" in exact
    assert "A-1" not in exact
    assert "No item found" in text(operator.get("items", external_id="A"))
    assert "No item found" in text(operator.get("items", process="another"))


def test_items_page_by_key_without_counting(operator, process, cast):
    factories.make_backlog(process, 55)
    operator.get("items")
    response, sent = statements(lambda: operator.get("items"))
    assert not any("COUNT(" in sql.upper() for sql in sent)
    assert len(sent) <= 11, "\n".join(sent)
    older = re.search(r'href="/items/\?(after=[^"]+)" rel="next"', text(response)).group(1)
    second = operator.client.get(f"{reverse('items')}?{older}")
    assert text(response).count('class="main-link') == 50
    assert text(second).count('class="main-link') == 5


def test_items_of_other_processes_stay_unseen(process, cast):
    other = factories.make_process("elsewhere")
    item = factories.make_item(other, external_id="HIDDEN-1")
    person = browser(cast.operator)
    assert "HIDDEN-1" not in text(person.get("items"))
    assert "HIDDEN-1" not in text(person.get("items", process="elsewhere"))
    assert person.get("item", item.pk).status_code == 404


def test_items_of_several_processes_are_merged_newest_first(process, cast):
    other = factories.make_process("elsewhere")
    factories.grant_role(
        user=cast.operator, role=factories.Role.OPERATOR, process=other, actor="system:tests"
    )
    for number, where in enumerate([process, other, process]):
        factories.make_item(where, external_id=f"M-{number}")
    shown = re.findall(r"M-\d", text(browser(cast.operator).get("items")))
    assert list(dict.fromkeys(shown)) == ["M-2", "M-1", "M-0"]


@pytest.mark.parametrize(
    "query", [{"after": "x"}, {"state": "x"}, {"external_id": "a\0b"}, {"process": "\0"}]
)
def test_odd_filters_are_no_error(operator, process, query):
    assert operator.get("items", **query).status_code == 200


def test_an_items_page_tells_its_whole_life(operator, process, cast):
    decision = factories.make_decision(process, cast.operator, verdict="correct", external_id="T-3")
    shown = text(operator.get("item", decision.item_id))
    for part in ("Handed in", "Candidate made", "Sent to review", "Task claimed", "Corrected"):
        assert part in shown, part
    assert "Effect scheduled: update-ticket" in shown
    assert "await the next checkpoint" in shown
    assert "operator" in shown


def test_pages_cost_the_same_however_much_there_is(process, cast):
    for number in range(3):
        factories.make_decision(process, cast.operator, external_id=f"Q-{number}")
    factories.make_backlog(process, 60)
    held = factories.claim(Queue.objects.get(process=process, name="desk"), cast.operator)
    item = Item.objects.get(external_id="Q-1")
    lead = browser(cast.lead)
    limits = {
        ("my-work",): 7,
        ("history",): 4,
        ("items",): 11,
        ("item", item.pk): 15,
        ("task", held.pk): 3,
        ("processes",): 6,
        ("team",): 11,
        ("failed-effects",): 3,
    }
    measured = {}
    for page, limit in limits.items():
        person = (
            lead if page[0] in ("processes", "team", "failed-effects") else browser(cast.operator)
        )
        assert person.get(*page).status_code == 200
        _, sent = statements(lambda person=person, page=page: person.get(*page))
        measured[page[0]] = len(sent)
        assert len(sent) <= limit, f"{page[0]}:\n" + "\n".join(sent)


def failed_effect(process, actor):
    decision = factories.make_decision(process, actor, external_id="F-1")
    effect = Effect.objects.get(decision=decision)
    Effect.objects.filter(pk=effect.pk).update(due_at=decision.created_at)
    leased = effects._lease(effect.pk)
    effects._finish(leased, Failure(code="refused", is_permanent=True))
    return Effect.objects.get(pk=effect.pk)


def test_a_failed_effect_waits_for_a_person_who_sends_it_again(process, cast):
    effect = failed_effect(process, cast.operator)
    assert effect.state == Effect.State.FAILED
    person = browser(cast.platform_engineer)
    shown = text(person.get("failed-effects"))
    assert "refused" in shown
    assert "F-1" in shown
    assert reverse("item", args=[effect.item_id]) not in shown, "may not see items"
    assert browser(cast.operator).post("effect-retry", effect.pk).status_code == 403
    person.post("effect-retry", effect.pk)
    effect.refresh_from_db()
    assert effect.state == Effect.State.SCHEDULED
    assert person.post("effect-retry", effect.pk).status_code == 409
    assert "Nothing has failed" in text(person.get("failed-effects"))


def test_a_failed_effect_that_was_settled_by_hand_is_given_up_with_a_reason(process, cast):
    effect = failed_effect(process, cast.operator)
    person = browser(cast.platform_engineer)
    shown = text(person.get("failed-effects"))
    assert f'data-opens="write-off-{effect.pk}"' in shown
    assert f'<dialog class="dialog" id="write-off-{effect.pk}"' in shown
    address = ("effect-write-off", effect.pk)
    assert browser(cast.operator).post(*address, reason="Done.").status_code == 403
    refused = person.hx(*address, reason=" ")
    assert (refused.status_code, text(refused)) == (422, "Say how it was settled.")
    assert refused["HX-Retarget"] == "dialog[open] .field-error"
    assert person.post(*address).status_code == 422
    done = person.hx(*address, reason="Entered by hand.")
    assert done["HX-Redirect"] == reverse("failed-effects")
    after = text(person.get("failed-effects"))
    assert "Update ticket is given up as settled by hand." in after
    assert "Nothing has failed" in after
    assert person.hx(*address, reason="Again.").status_code == 409
    item = text(browser(cast.lead).get("item", effect.item_id))
    assert "given up; settled by hand" in item
    assert "Effect given up; settled by hand: update-ticket" in item
    assert "cancelled before it was sent" not in item
    reader = browser(cast.operator)
    assert "update-ticket: given up; settled by hand" in text(reader.get("history"))
    decision = text(reader.get("decision", effect.decision_id))
    assert "to be taken back by hand as well" in decision


def test_a_prospect_says_that_what_was_tried_may_have_arrived(process, cast):
    decision = factories.make_decision(process, cast.operator)
    effect = Effect.objects.get(decision=decision)
    now = timezone.now()
    assert words.prospect(effect, now) == "Update ticket: not sent yet, nothing to take back."
    effect.attempts = 1
    assert "may have arrived, will be reversed in case it did" in words.prospect(effect, now)
    effect.compensation, effect.irreversible = None, "It is gone."
    assert words.prospect(effect, now).endswith("cannot be taken back. It is gone.")


def test_a_lead_gives_a_task_to_someone_who_serves_its_queue(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    lead, colleague, auditor = browser(cast.lead), cast.colleague, cast.auditor
    shown = text(lead.get("team"))
    assert f'value="{colleague.pk}"' in shown
    assert f'value="{auditor.pk}"' not in shown
    assert lead.post("task-reassign", task.pk, to=cast.auditor.pk).status_code == 422
    assert lead.post("task-reassign", task.pk, to="nobody").status_code == 422
    assert (
        browser(cast.operator).post("task-reassign", task.pk, to=cast.colleague.pk).status_code
        == 403
    )
    assert lead.post("task-reassign", task.pk, to=cast.colleague.pk).status_code == 302
    task.refresh_from_db()
    assert task.claimed_by == cast.colleague


def test_a_lead_pauses_and_resumes_a_queue(process, cast):
    queue = Queue.objects.get(process=process, name="desk")
    lead = browser(cast.lead)
    assert browser(cast.operator).post("queue-pause", queue.pk, is_paused="1").status_code == 403
    lead.post("queue-pause", queue.pk, is_paused="1")
    assert Queue.objects.get(pk=queue.pk).is_paused
    assert lead.post("queue-pause", queue.pk, is_paused="1").status_code == 409
    lead.post("queue-pause", queue.pk, is_paused="0")
    assert not Queue.objects.get(pk=queue.pk).is_paused


def test_an_owner_changes_the_stage_and_others_only_read_it(process, cast):
    owner = browser(cast.owner)
    assert browser(cast.auditor).post("process-stage", "desk", stage="partial").status_code == 403
    assert browser(cast.outsider).post("process-stage", "desk", stage="partial").status_code == 404
    assert owner.post("process-stage", "desk", stage="partial").status_code == 409
    factories.approve_all(process, "partial")
    owner.post("process-stage", "desk", stage="partial")
    process.refresh_from_db()
    assert process.stage == "partial"
    assert owner.post("process-stage", "desk", stage="partial").status_code == 409
    assert owner.post("process-stage", "desk", stage="wild").status_code == 422
    owner.post("process-pause", "desk", is_paused="1")
    process.refresh_from_db()
    assert process.is_paused


def test_error_pages_are_ours_and_name_nothing(operator, client):
    missing = operator.client.get("/nowhere/secret-token/")
    assert missing.status_code == 404
    assert "There is nothing here" in text(missing)
    assert "secret-token" not in text(missing)
    forbidden = operator.get("team")
    assert forbidden.status_code == 403
    assert "You may not do that" in text(forbidden)


def test_no_page_holds_inline_script_or_style(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    lead = browser(cast.lead)
    pages = [browser(cast.operator).get("task", task.pk), Browser().get("login")]
    pages += [lead.get(name) for name in PLAIN_PAGES] + [lead.get("item", task.item_id)]
    for page in pages:
        found = text(page)
        assert not re.search(r"<script(?![^>]*\bsrc=)", found)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", found)
        assert "'unsafe" not in page.headers["Content-Security-Policy"]
