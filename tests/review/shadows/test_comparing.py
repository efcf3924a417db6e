"""How a shadow compares with the champion."""

import math
import random
from fractions import Fraction
from math import comb

import pytest

from governance.catalogue import shadowing
from review.decisions import operations as decisions
from review.erasure import operations as erasure
from review.models import ShadowComparison, Task
from review.shadows import comparing, jobs
from tests import factories
from tests.review.shadows.conftest import ACTOR, Shadow, begin, through

pytestmark = pytest.mark.django_db


def say(shadow, process, actor, champion, said, decided, **of_item):
    """One item on which both answered, and what a person made of it; None: not decided yet."""
    task = factories.make_claimed_task(process, actor, output={"category": champion}, **of_item)
    shadow.answer = lambda _: factories.make_proposal({"category": said})
    shadow.run()
    if decided is not None:
        decide(task, actor, champion, decided)
    return task


def decide(task, actor, champion, decided):
    verdict = "accept" if decided == champion else "correct"
    output = None if verdict == "accept" else {"category": decided}
    decisions.decide(task_id=task.pk, actor=actor, verdict=verdict, output=output, reason="")
    through(task.item)


def test_pairs_say_who_was_right(process, cast, shadow):
    operator = cast.operator
    say(shadow, process, operator, "bill", "bill", "bill")
    say(shadow, process, operator, "bill", "meter", "meter")
    say(shadow, process, operator, "bill", "other", "other")
    say(shadow, process, operator, "meter", "bill", "meter")
    say(shadow, process, operator, "meter", "bill", "other")
    say(shadow, process, operator, "bill", "bill", None)  # still open: not told
    automatic = say(shadow, process, operator, "bill", "bill", None)
    through(automatic.item)  # through without a judgement
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
    assert found["counts"]["answered"] == 7


def test_a_rejected_item_says_nothing_of_fields(process, cast, shadow):
    task = say(shadow, process, cast.operator, "bill", "meter", None)
    decisions.decide(
        task_id=task.pk, actor=cast.operator, verdict="reject", output=None, reason="Not for us."
    )
    through(task.item)
    found = comparing.figures(shadow.deployment.pk)
    assert (found["window"]["rejected"], found["all"]["judged"]) == (1, 0)


def test_blind_judgements_are_told_apart(process, cast, shadow):
    task = say(shadow, process, cast.operator, "bill", "meter", None)
    Task.objects.filter(pk=task.pk).update(is_blind=True)
    decide(task, cast.operator, "bill", "meter")
    say(shadow, process, cast.operator, "bill", "meter", "bill")
    found = comparing.figures(shadow.deployment.pk)
    assert (found["all"]["judged"], found["blind"]["judged"]) == (2, 1)
    assert found["blind"]["only_shadow"] == 1


def test_where_the_champion_said_nothing_there_is_no_pair(process, cast, shadow):
    item = factories.leave_to_people(factories.make_item(process))
    shadow.run()
    through(item)
    found = comparing.figures(shadow.deployment.pk)
    assert (found["window"]["without_candidate"], found["agreement"]["compared"]) == (1, 0)
    assert found["calls"] == {"compared": 0, "shadow": None, "champion": None}


def test_a_null_is_as_good_as_nothing(process, cast, shadow):
    """An endpoint writes out what it leaves empty; that makes no output wrong."""
    task = factories.make_claimed_task(process, cast.operator)
    shadow.answer = lambda _: factories.make_proposal({"category": "bill", "note": None})
    shadow.run()
    decide(task, cast.operator, "bill", "bill")
    found = comparing.figures(shadow.deployment.pk)
    assert (found["all"]["both"], found["agreement"]["value"]) == (1, 1.0)


def test_an_undone_decision_judges_no_more(process, cast, shadow):
    task = say(shadow, process, cast.operator, "bill", "meter", "meter")
    decision = task.decisions.get()
    type(task.item).objects.filter(pk=task.item_id).update(state="decided", ended_at=None)
    decisions.undo(decision_id=decision.pk, actor=cast.operator)
    through(task.item)
    assert comparing.figures(shadow.deployment.pk)["all"]["judged"] == 0


@pytest.fixture
def acting(monkeypatch):
    """A process that acts alone and has half of it sampled, with a shadow."""
    process = factories.make_process("auto", stage="full", sample_rate=0.5)
    return process, Shadow(begin(process), monkeypatch)


def test_samples_of_what_acted_alone_stand_for_what_was_not_sampled(acting):
    process, shadow = acting
    people = factories.make_cast(process)
    shadow.answer = lambda _: factories.make_proposal({"category": "other"})
    sampled = 0
    for _ in range(12):
        item = factories.propose(factories.make_item(process))
        shadow.run()
        through(item)
        task = item.tasks.filter(kind="quality").first()
        if task is not None:
            factories.claim(task, people.senior)
            decisions.decide(
                task_id=task.pk,
                actor=people.senior,
                verdict="correct",
                output={"category": "bill"},
                reason="",
            )
            sampled += 1
    assert 0 < sampled < 12
    found = comparing.figures(shadow.deployment.pk)
    assert (found["all"]["judged"], found["all"]["only_champion"]) == (sampled, sampled)
    assert found["agreement"]["compared"] == 12


def counts(*cases):
    """Counts of (rate, both, only shadow, only champion)."""
    made = comparing.Counts()
    for rate, both, shadow, champion in cases:
        made.both[rate] += both
        made.only_shadow[rate] += shadow
        made.only_champion[rate] += champion
    return made


def test_samples_weigh_in_the_verdict_as_they_do_in_the_shares():
    found = counts((1.0, 100, 20, 2), (0.05, 40, 0, 4)).as_dict()
    assert found["shadow"]["value"] < found["champion"]["value"]
    assert found["ahead"] == pytest.approx(
        found["shadow"]["value"] - found["champion"]["value"], abs=1e-6
    )
    assert found["ahead"] < 0
    # 18 pairs ahead, 80 behind by weight; their spread if equal: sqrt(22 + 4 * 400).
    assert found["p"] == pytest.approx(math.erfc(62 / math.sqrt(2 * 1622)), abs=1e-6)


def test_with_several_rates_chance_is_kept_to_as_well():
    draw = random.Random(5)
    low = 0
    for _ in range(2_000):
        one = counts((1.0, 10, *split(draw, 60)), (0.2, 10, *split(draw, 20)))
        low += one.chance() < 0.05
    assert low / 2_000 < 0.07


def split(draw, total):
    ahead = sum(draw.random() < 0.5 for _ in range(total))
    return ahead, total - ahead


def test_several_fields_are_looked_at_together():
    assert comparing.stepped([0.03, 0.01, 0.5]) == [0.06, 0.03, 0.5]
    assert comparing.stepped([0.04] * 3) == pytest.approx([0.12] * 3)
    assert comparing.stepped([]) == []


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


def test_one_that_cannot_be_compared_holds_up_no_other(process, cast, shadow, monkeypatch):
    other = begin(process, "c")
    whole = comparing.figures

    def broken(deployment_id):
        if deployment_id == shadow.deployment.pk:
            raise RuntimeError
        return whole(deployment_id)

    monkeypatch.setattr(comparing, "figures", broken)
    jobs.compare()
    assert ShadowComparison.objects.get().deployment == other


def test_the_job_compares_what_runs_and_what_ended_lately(process, cast, shadow):
    say(shadow, process, cast.operator, "bill", "meter", "meter")
    jobs.compare()
    assert ShadowComparison.objects.get().figures["all"]["only_shadow"] == 1
    shadowing.end_by_id(process=process.pk, deployment_id=shadow.deployment.pk, actor=ACTOR)
    assert comparing.due() == [shadow.deployment]
