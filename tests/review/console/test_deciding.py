"""Deciding on the screen: verdicts, refusals, lost claims, drafts, and the next task at once."""

import pytest
from django.urls import reverse
from django.utils import timezone

from review.decisions import operations as decisions
from review.models import Decision, Draft, PassedOver, Task
from review.tasks import operations as tasks
from tests import factories
from tests.review.console.conftest import browser, statements, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(process, cast):
    """A review task in the operator's hands; the model says `bill`."""
    return factories.make_claimed_task(process, cast.operator, external_id="T-1")


def test_accepting_keeps_the_models_output_and_brings_the_next_task(operator, held, process):
    following = factories.make_task(process, external_id="T-2")
    response = operator.hx(
        "task-decide", held.pk, **{"verdict": "accept", "output.category": "bill"}
    )
    assert response.status_code == 200
    decision = Decision.objects.get(task=held)
    assert (decision.verdict, decision.output) == ("accept", {"category": "bill"})
    assert response.headers["HX-Push-Url"] == reverse("task", args=[following.pk])
    assert f'data-task="{following.pk}"' in text(response)
    following.refresh_from_db()
    assert following.state == Task.State.CLAIMED


def test_the_toast_offers_undo_for_the_rest_of_the_window(operator, held):
    response = operator.hx("task-decide", held.pk, verdict="accept")
    decision = Decision.objects.get(task=held)
    assert reverse("decision-undo", args=[decision.pk]) in text(response)
    assert 'data-seconds="29"' in text(response) or 'data-seconds="30"' in text(response)


def test_correcting_stores_what_was_chosen(operator, held):
    operator.hx(
        "task-decide",
        held.pk,
        **{"verdict": "correct", "output.category": "other", "output.note": "See letter"},
    )
    decision = Decision.objects.get(task=held)
    assert decision.verdict == "correct"
    assert decision.output == {"category": "other", "note": "See letter"}


def test_accepting_after_a_change_is_refused_rather_than_dropping_the_change(operator, held):
    response = operator.hx(
        "task-decide", held.pk, **{"verdict": "accept", "output.category": "other"}
    )
    assert response.status_code == 422
    assert "use correct to change the output" in text(response)
    assert not Decision.objects.filter(task=held).exists()


def test_a_value_outside_the_contract_is_named_beside_its_field(operator, held):
    response = operator.hx(
        "task-decide",
        held.pk,
        **{"verdict": "correct", "output.category": "bill", "output.note": "x" * 201},
    )
    assert response.status_code == 422
    assert response.headers["HX-Retarget"] == "#decision"
    assert 'id="field-note-error">Note must have at most 200 characters.' in text(response)
    assert "x" * 201 in text(response), "what was typed is still there"


def test_rejecting_needs_a_reason(operator, held):
    response = operator.hx("task-decide", held.pk, verdict="reject", reason="  ")
    assert response.status_code == 422
    operator.hx("task-decide", held.pk, verdict="reject", reason="Spam")
    decision = Decision.objects.get(task=held)
    assert (decision.verdict, decision.output, decision.reason) == ("reject", None, "Spam")


def test_a_lost_claim_is_said_and_what_was_typed_is_kept(operator, held, cast):
    tasks.reassign(task_id=held.pk, to=cast.colleague, actor=cast.lead)
    response = operator.hx(
        "task-decide", held.pk, **{"verdict": "correct", "output.category": "meter"}
    )
    assert response.status_code == 409
    assert response.headers["HX-Retarget"] == "#notice"
    assert "no longer yours" in text(response)
    assert Draft.objects.get(task=held, actor=cast.operator).output == {"category": "meter"}
    assert not Decision.objects.filter(task=held).exists()


def test_the_same_form_sent_twice_decides_once(operator, held):
    first = operator.hx("task-decide", held.pk, verdict="accept")
    second = operator.hx("task-decide", held.pk, verdict="accept")
    assert (first.status_code, second.status_code) == (200, 409)
    assert Decision.objects.filter(task=held).count() == 1


def test_a_plain_form_without_scripts_goes_on_to_the_next_task(operator, held, process):
    following = factories.make_task(process)
    response = operator.post("task-decide", held.pk, verdict="accept")
    assert response.status_code == 302
    assert response.url == reverse("task", args=[following.pk])


def test_the_last_task_of_a_queue_ends_in_a_page_that_says_so(operator, held):
    response = operator.hx("task-decide", held.pk, verdict="accept")
    assert "Nothing left for you here" in text(response)
    assert response.headers["HX-Push-Url"] == reverse("review", args=["desk", "desk"])


def test_deciding_and_showing_the_next_task_takes_at_most_twelve_statements(process, cast):
    line = [factories.make_task(process, external_id=f"N-{n}") for n in range(4)]
    person = browser(cast.operator)
    first = factories.claim(line[0], cast.operator)
    person.hx("task-decide", first.pk, verdict="accept")  # warms the agreement
    held = Task.objects.get(state=Task.State.CLAIMED, claimed_by=cast.operator)
    posted = {"verdict": "correct", "output.category": "other"}
    response, sent = statements(lambda: person.hx("task-decide", held.pk, **posted))
    assert response.status_code == 200
    assert 'data-task="' in text(response)
    assert len(sent) <= 12, "\n".join(sent)


@pytest.mark.parametrize(("verb", "kind"), [("skip", "skipped"), ("escalate", "escalated")])
def test_handing_back_with_a_reason_brings_the_next_task(operator, held, process, cast, verb, kind):
    following = factories.make_task(process)
    response = operator.hx(f"task-{verb}", held.pk, reason="Not my language")
    assert f'data-task="{following.pk}"' in text(response)
    passed = PassedOver.objects.get(task=held)
    assert (passed.kind, passed.reason, passed.actor) == (kind, "Not my language", cast.operator)


@pytest.mark.parametrize("verb", ["skip", "escalate"])
def test_handing_back_without_a_reason_changes_nothing(operator, held, verb):
    response = operator.hx(f"task-{verb}", held.pk, reason=" ")
    assert response.status_code == 422
    assert "Say why." in text(response)
    held.refresh_from_db()
    assert held.state == Task.State.CLAIMED


def test_releasing_opens_the_task_again_and_leads_to_my_work(operator, held):
    response = operator.hx("task-release", held.pk)
    assert response.headers["HX-Redirect"] == reverse("my-work")
    held.refresh_from_db()
    assert held.state == Task.State.OPEN


def test_a_heartbeat_extends_the_lease(operator, held):
    Task.objects.filter(pk=held.pk).update(
        lease_until=timezone.now() + timezone.timedelta(seconds=9)
    )
    response = operator.hx("task-heartbeat", held.pk)
    assert 'data-seconds="599"' in text(response) or 'data-seconds="600"' in text(response)


def test_a_heartbeat_on_a_lost_claim_says_so(operator, held, cast):
    tasks.reassign(task_id=held.pk, to=cast.colleague, actor=cast.lead)
    response = operator.hx("task-heartbeat", held.pk)
    assert response.status_code == 409
    assert "no longer yours" in text(response)


def test_a_draft_comes_back_with_the_task(operator, held):
    saved = operator.post("task-draft", held.pk, **{"output.category": "meter", "reason": "hm"})
    assert saved.status_code == 204
    shown = text(operator.get("task", held.pk))
    assert "Your draft is back." in shown
    assert 'value="meter" checked' in shown
    assert "Save correction" in shown


@pytest.mark.parametrize("value", ["1e400", "NaN", "a\0b", "{", "9" * 5000])
def test_nothing_typed_breaks_a_draft(operator, held, value):
    saved = operator.post("task-draft", held.pk, **{"output.note": value})
    assert saved.status_code == 204


def test_undo_from_the_screen_brings_the_task_back_and_then_returns(operator, held, process):
    following = factories.make_task(process)
    operator.hx("task-decide", held.pk, **{"verdict": "correct", "output.category": "other"})
    decision = Decision.objects.get(task=held)
    response = operator.hx("decision-undo", decision.pk, here=str(following.pk))
    shown = text(response)
    assert response.headers["HX-Push-Url"] == reverse("task", args=[held.pk])
    assert "Update ticket: not sent yet, nothing to take back." in shown
    assert 'value="other" checked' in shown, "what was corrected is still chosen"
    assert f'name="return_to" value="{following.pk}"' in shown
    again = operator.hx("task-decide", held.pk, verdict="accept", return_to=str(following.pk))
    assert again.headers["HX-Push-Url"] == reverse("task", args=[following.pk])


def test_a_second_undo_is_refused(operator, held):
    operator.hx("task-decide", held.pk, verdict="accept")
    decision = Decision.objects.get(task=held)
    operator.hx("decision-undo", decision.pk)
    response = operator.hx("decision-undo", decision.pk)
    assert response.status_code == 409
    assert response.headers["HX-Retarget"] == "#notice"


def test_a_task_of_another_queue_is_forbidden_and_of_another_process_unknown(held, cast):
    assert browser(cast.auditor).hx("task-decide", held.pk, verdict="accept").status_code == 403
    assert browser(cast.outsider).hx("task-decide", held.pk, verdict="accept").status_code == 404
    assert not Decision.objects.exists()


def test_a_colleague_cannot_decide_what_another_holds(held, cast):
    response = browser(cast.colleague).hx("task-decide", held.pk, verdict="accept")
    assert response.status_code == 409
    assert not Decision.objects.exists()


def test_get_never_changes_anything(operator, held):
    for name in ("task-decide", "task-skip", "task-escalate", "task-release", "task-heartbeat"):
        assert operator.get(name, held.pk).status_code == 405
    held.refresh_from_db()
    assert held.state == Task.State.CLAIMED


def test_a_form_without_its_token_is_refused_with_a_page_of_ours(held, cast):
    person = browser(cast.operator)
    person.client.handler.enforce_csrf_checks = True
    response = person.post("task-decide", held.pk, verdict="accept")
    assert response.status_code == 403
    assert "This page is out of date" in text(response)


def test_an_undone_accept_by_a_lead_leaves_the_task_open(process, cast):
    decision = factories.make_decision(process, cast.operator)
    response = browser(cast.lead).post("decision-undo", decision.pk)
    assert response.status_code == 302
    assert decisions.Decision.objects.get(pk=decision.pk).state == "undone"
    assert Task.objects.get(pk=decision.task_id).state == Task.State.OPEN
