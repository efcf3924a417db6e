"""How a shadow compares with the champion."""

from fractions import Fraction
from math import comb

import pytest

from governance.catalogue import shadowing
from review.decisions import operations as decisions
from review.erasure import operations as erasure
from review.models import ShadowComparison, Task
from review.shadows import comparing, jobs
from tests import factories
from tests.review.shadows.conftest import ACTOR

pytestmark = pytest.mark.django_db


def say(shadow, process, actor, champion, said, decided, **of_item):
    """One item on which both answered, and what a person made of it; None: not decided yet."""
    task = factories.make_claimed_task(process, actor, output={"category": champion}, **of_item)
    shadow.answer = lambda _: factories.make_proposal({"category": said})
    shadow.run()
    if decided is not None:
        verdict = "accept" if decided == champion else "correct"
        output = None if verdict == "accept" else {"category": decided}
        decisions.decide(task_id=task.pk, actor=actor, verdict=verdict, output=output, reason="")
    return task


def test_pairs_say_who_was_right(process, cast, shadow):
    operator = cast.operator
    say(shadow, process, operator, "bill", "bill", "bill")
    say(shadow, process, operator, "bill", "meter", "meter")
    say(shadow, process, operator, "bill", "other", "other")
    say(shadow, process, operator, "meter", "bill", "meter")
    say(shadow, process, operator, "meter", "bill", "other")
    say(shadow, process, operator, "bill", "bill", None)
    found = comparing.figures(shadow.deployment.pk)
    whole = found["all"]
    assert {key: whole[key] for key in ("judged", "both", "only_shadow", "only_champion")} == {
        "judged": 5,
        "both": 1,
        "only_shadow": 2,
        "only_champion": 1,
    }
    assert (whole["shadow"]["value"], whole["champion"]["value"]) == (0.6, 0.4)
    assert found["agreement"]["compared"] == 6
    assert found["agreement"]["value"] == pytest.approx(2 / 6, abs=1e-6)
    (category,) = found["fields"]
    assert (category["field"], category["compared"], category["judged"]) == ("category", 6, 5)
    assert found["calls"]["compared"] == 6
    assert found["calls"]["shadow"]["latency_ms"] == {"median": 3, "p95": 3}
    assert found["counts"]["answered"] == 6


def test_a_rejected_item_says_nothing_of_fields(process, cast, shadow):
    task = say(shadow, process, cast.operator, "bill", "meter", None)
    decisions.decide(
        task_id=task.pk, actor=cast.operator, verdict="reject", output=None, reason="Not for us."
    )
    found = comparing.figures(shadow.deployment.pk)
    assert (found["window"]["rejected"], found["all"]["judged"]) == (1, 0)


def test_blind_judgements_are_told_apart(process, cast, shadow):
    task = say(shadow, process, cast.operator, "bill", "meter", None)
    Task.objects.filter(pk=task.pk).update(is_blind=True)
    decisions.decide(
        task_id=task.pk,
        actor=cast.operator,
        verdict="correct",
        output={"category": "meter"},
        reason="",
    )
    say(shadow, process, cast.operator, "bill", "meter", "bill")
    found = comparing.figures(shadow.deployment.pk)
    assert (found["all"]["judged"], found["blind"]["judged"]) == (2, 1)
    assert found["blind"]["only_shadow"] == 1


def test_where_the_champion_said_nothing_there_is_no_pair(process, cast, shadow):
    factories.leave_to_people(factories.make_item(process))
    shadow.run()
    found = comparing.figures(shadow.deployment.pk)
    assert (found["window"]["without_candidate"], found["agreement"]["compared"]) == (1, 0)
    assert found["calls"] == {"compared": 0, "shadow": None, "champion": None}


def test_what_was_erased_is_compared_no_more(process, cast, shadow):
    task = say(shadow, process, cast.operator, "bill", "meter", "meter")
    asked = factories.make_erasure(task.item, cast.compliance_officer)
    erasure.work_off(asked["request_id"])
    found = comparing.figures(shadow.deployment.pk)
    assert found["window"]["answered"] == 0
    assert found["counts"]["answered"] == 1


@pytest.mark.parametrize(
    ("one", "other", "p"),
    [(0, 0, 1.0), (5, 5, 1.0), (1, 0, 1.0), (0, 6, 0.03125), (10, 1, 0.01171875)],
)
def test_the_chance_of_so_uneven_a_split_is_exact(one, other, p):
    assert comparing.chance(one, other) == comparing.chance(other, one) == p


def test_the_chance_is_the_binomial_tail_at_any_size():
    exact = 2 * sum(Fraction(comb(1900, k), 2**1900) for k in range(901))
    assert comparing.chance(900, 1000) == pytest.approx(float(exact), rel=1e-12)


def test_two_that_are_equally_good_are_told_apart_as_rarely_as_the_chance_says():
    """Over all splits of 200 pairs, p below 5% comes about with a probability of at most 5%."""
    weight = sum(comb(200, k) for k in range(201) if comparing.chance(k, 200 - k) < 0.05)
    assert 0.02 < Fraction(weight, 2**200) <= 0.05


def test_the_job_compares_what_runs_and_what_ended_lately(process, cast, shadow):
    say(shadow, process, cast.operator, "bill", "meter", "meter")
    jobs.compare()
    assert ShadowComparison.objects.get().figures["all"]["only_shadow"] == 1
    shadowing.end_by_id(process=process.pk, deployment_id=shadow.deployment.pk, actor=ACTOR)
    assert comparing.due() == [shadow.deployment]
