"""Past cases: which are remembered, which are found, and that a reversed one says so."""

import pytest
from django.db import connection

from governance.ledger.sequencing import sequence
from integrations.vectors import vector_of
from review.decisions import operations as decisions
from review.models import Item, PastCase, Task
from review.similar import indexing
from review.similar.queries import precedents_of
from review.tasks.handing import escalate
from review.tasks.operations import open_task
from tests import factories
from tests.review.console.conftest import browser, text

pytestmark = pytest.mark.django_db

LATE = "My parcel has not arrived, it was due on Tuesday."
LATER = "The parcel that was due on Tuesday has not arrived."
LAMP = "The lamp is broken, please send the money back."


def decide(process, actor, text, verdict="accept", **options):
    """An item with this text, settled by a person."""
    task = factories.make_claimed_task(process, actor, payload={"text": text})
    decided = decisions.decide(
        task_id=task.pk, actor=actor, verdict=verdict, **{"reason": "", **options}
    )
    return decided.decision


def follow():
    sequence()
    while indexing.follow():
        pass


def item(process, text):
    return factories.make_item(process, payload={"text": text})


def test_a_case_that_a_person_settled_is_found_by_one_like_it(process, cast):
    like, unlike = decide(process, cast.operator, LATER), decide(process, cast.operator, LAMP)
    follow()
    found = precedents_of(item(process, LATE))
    assert found[0].item.pk == like.item_id
    assert unlike.item_id not in [one.item.pk for one in found]
    assert not found[0].was_reversed


def test_what_the_model_decided_alone_is_no_precedent(db):
    process = factories.make_process("alone", stage="partial")
    automatic = factories.make_item(process, payload={"text": LATER})
    factories.propose(automatic, confidence=0.99)
    automatic.refresh_from_db()
    assert automatic.state == Item.State.DECIDED
    follow()
    assert not PastCase.objects.exists()


def test_a_reversed_case_says_so(process, cast):
    first = decide(process, cast.operator, LATER)
    follow()
    decisions.undo(decision_id=first.pk, actor=cast.operator)
    decisions.decide(
        task_id=first.task_id, actor=cast.operator, verdict="reject", reason="Sent twice."
    )
    follow()
    (found,) = precedents_of(item(process, LATE))
    assert found.was_reversed
    assert found.standing.verdict == "reject"


def test_a_case_that_was_undone_and_is_open_again_has_no_standing_decision(process, cast):
    first = decide(process, cast.operator, LATER)
    follow()
    decisions.undo(decision_id=first.pk, actor=cast.operator)
    (found,) = precedents_of(item(process, LATE))
    assert found.was_reversed
    assert found.standing is None


def test_cases_of_another_process_are_not_found(process, cast):
    decide(process, cast.operator, LATER)
    follow()
    other = factories.make_process("other-desk")
    assert precedents_of(item(other, LATE)) == []


def test_following_twice_remembers_once(process, cast):
    decide(process, cast.operator, LATER)
    follow()
    kept = PastCase.objects.get()
    indexing.remember([kept.item_id])
    assert PastCase.objects.count() == 1


def test_the_screen_shows_how_like_cases_were_decided(process, cast):
    decide(process, cast.senior, LATER)
    follow()
    task = factories.make_claimed_task(process, cast.operator, payload={"text": LATE})
    shown = text(browser(cast.operator).get("task-similar", task.pk))
    assert "Accepted" in shown
    assert cast.senior.display_name in shown


def test_who_decides_unaided_sees_no_precedents(process, cast):
    decide(process, cast.operator, LATER)
    follow()
    task = factories.make_claimed_task(process, cast.operator, payload={"text": LATE})
    type(task).objects.filter(pk=task.pk).update(is_blind=True)
    shown = text(browser(cast.operator).get("task-similar", task.pk))
    assert "Accepted" not in shown
    assert "decide for yourself" in shown


def test_a_task_that_is_not_held_shows_nothing(process, cast):
    task = factories.make_claimed_task(process, cast.senior, payload={"text": LATE})
    answer = browser(cast.operator).get("task-similar", task.pk)
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_task_that_was_escalated_away_shows_nothing_and_is_no_error(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    assert browser(cast.operator).get("task-similar", task.pk).status_code == 200
    escalate(task_id=task.pk, actor=cast.operator, reason="Too difficult for me.")
    answer = browser(cast.operator).get("task-similar", task.pk)
    assert (answer.status_code, answer.content) == (204, b"")


def test_the_nearest_are_read_from_the_index_at_any_size(process, cast):
    """Three thousand cases: the plan walks the graph and never reads the table."""
    row = vector_of(LATER)
    written = "[" + ",".join(f"{one:.6g}" for one in row) + "]"
    factories.make_backlog(process, 3_000)
    items = list(Item.objects.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO review_pastcase (item_id, process_id, vector)"
            " SELECT i, %s, (SELECT array_agg(random() - 0.5) FROM generate_series(1, 256)"
            "   WHERE i IS NOT NULL)::vector(256)::halfvec(256)"
            " FROM unnest(%s::uuid[]) AS i",
            [process.pk, items],
        )
        cursor.execute("ANALYZE review_pastcase")
        cursor.execute(
            "EXPLAIN SELECT item_id FROM review_pastcase WHERE process_id = %s"
            " ORDER BY vector <=> %s::halfvec LIMIT 5",
            [process.pk, written],
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "past_case_near" in plan
    assert "Seq Scan" not in plan


def test_a_case_that_somebody_judges_anew_for_themselves_tells_nothing(process, cast):
    decided = decide(process, cast.operator, LATER)
    follow()
    assert precedents_of(item(process, LATE))
    open_task(decided.item, Task.Kind.QUALITY, actor="system:tests", is_blind=True)
    assert precedents_of(item(process, LATE)) == []
