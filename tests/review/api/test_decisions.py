"""History, undo and amendment, and what each says about the effects."""

import pytest

from review.models import Decision, Effect, Task
from tests import factories
from tests.review.api.conftest import pointers, problem, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def decision(process, cast):
    return factories.make_decision(process, cast.operator)


def test_undo_inside_the_window_cancels_and_says_so(operator, cast, decision):
    answer = operator.post(f"decisions/{decision.pk}/undo/")
    assert answer.status_code == 200
    effect = Effect.objects.get()
    assert answer.json()["effects"] == [
        {"id": str(effect.pk), "name": "update-ticket", "what": "cancelled", "note": ""}
    ]
    assert answer.json()["decision"]["state"] == "undone"
    assert answer.json()["task"] == str(decision.task_id)
    assert effect.state == Effect.State.CANCELLED
    assert Task.objects.get().claimed_by == cast.operator


def test_undo_after_the_effect_compensates_and_says_so(operator, decision):
    Effect.objects.update(state=Effect.State.DONE)
    answer = operator.post(f"decisions/{decision.pk}/undo/").json()
    assert [one["what"] for one in answer["effects"]] == ["compensating"]
    assert Effect.objects.filter(compensates__isnull=False).count() == 1


def test_a_decision_is_undone_once(operator, decision):
    operator.post(f"decisions/{decision.pk}/undo/")
    problem(operator.post(f"decisions/{decision.pk}/undo/"), 409, "conflict")


def test_others_undo_only_with_the_right_to_override(cast, decision):
    problem(signed_in(cast.colleague).post(f"decisions/{decision.pk}/undo/"), 403)
    problem(signed_in(cast.outsider).post(f"decisions/{decision.pk}/undo/"), 404)
    assert signed_in(cast.lead).post(f"decisions/{decision.pk}/undo/").status_code == 200
    assert Task.objects.get().state == Task.State.OPEN


def test_amending_puts_another_decision_in_its_place(operator, decision):
    body = {"verdict": "correct", "output": {"category": "other"}}
    answer = operator.post(f"decisions/{decision.pk}/amend/", body).json()
    replacement = Decision.objects.get(supersedes=decision)
    assert answer["decision"]["id"] == str(replacement.pk)
    assert [one["what"] for one in answer["effects"]] == ["cancelled"]
    decision.refresh_from_db()
    assert decision.state == Decision.State.SUPERSEDED


def test_amending_to_the_same_is_a_conflict(operator, decision):
    problem(operator.post(f"decisions/{decision.pk}/amend/", {"verdict": "accept"}), 409)


def test_a_wrong_amendment_is_refused(operator, decision):
    response = operator.post(f"decisions/{decision.pk}/amend/", {"verdict": "correct"})
    problem(response, 422)
    assert pointers(response) == ["/output"]


def test_history_is_ones_own_newest_first(process, cast, operator):
    mine = [factories.make_decision(process, cast.operator) for _ in range(3)]
    factories.make_decision(process, cast.colleague)
    first = operator.get("decisions/", limit=2).json()
    assert [one["id"] for one in first["results"]] == [str(mine[2].pk), str(mine[1].pk)]
    rest = operator.client.get(first["next"]).json()
    assert [one["id"] for one in rest["results"]] == [str(mine[0].pk)]
    assert rest["next"] is None


def test_a_foreign_cursor_shows_nothing(cast, operator, decision):
    colleague = signed_in(cast.colleague)
    assert colleague.get("decisions/", cursor=decision.pk.hex).json()["results"] == []
