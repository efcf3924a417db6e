"""Linear scores, trees, calibration and the joint choice, each by itself."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from integrations.extraction import linear, trees
from integrations.extraction.calibration import Curve, Odds, fit_curve, fit_odds
from integrations.extraction.choosing import Sum, together
from integrations.extraction.fields import targets_of


def test_exported_trees_say_what_scikit_learn_says() -> None:
    draw = np.random.default_rng(3)
    rows = draw.normal(size=(400, 6)).astype(np.float32)
    truth = (rows[:, 0] * rows[:, 1] + 0.3 * draw.normal(size=400)) > 0
    model = HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=7, random_state=0)
    model.fit(rows, truth)
    found = trees.exported(model).log_odds(rows)
    assert np.allclose(found, model.decision_function(rows), atol=1e-5)


def test_trees_of_one_answer_are_a_constant() -> None:
    rows = np.zeros((5, 2), np.float32)
    grown = trees.grow(rows, np.zeros(5, bool), 0)
    assert grown.log_odds(rows).tolist() == [-4.0] * 5


def test_words_outside_the_vocabulary_count_nothing() -> None:
    vocabulary = np.array([3, 7, 9], np.uint32)
    rows = [np.array(one, np.uint32) for one in ([3, 8], [], [7, 9], [4])]
    matrix = linear.matrix_of(rows, vocabulary)
    weights = linear.Weights(np.array([1.0, 10.0, 100.0], np.float32), 0.5)
    assert weights.scores(matrix).tolist() == [1.5, 0.5, 110.5, 0.5]


def test_words_of_one_item_only_are_not_learnt() -> None:
    items = [[np.array([1, 2], np.uint32)], [np.array([2], np.uint32)]] * 2
    items.append([np.array([5], np.uint32)])
    assert linear.vocabulary_of(items).tolist() == [1, 2]


def test_a_handful_of_examples_proves_no_more_than_an_even_chance() -> None:
    assert fit_curve([0.99] * 5, [True] * 5)(0.999) <= 0.5


def test_confidence_stays_below_what_the_number_of_examples_supports() -> None:
    curve = fit_curve([0.9 + at / 1000 for at in range(50)], [True] * 50)
    assert curve(1.0) <= 51 / 52


def test_stated_chances_that_were_too_high_are_lowered() -> None:
    draw = np.random.default_rng(1)
    chances = draw.uniform(0.6, 0.999, 600)
    right = draw.random(600) < 0.55
    curve = fit_curve(chances.tolist(), right.tolist())
    assert abs(np.mean([curve(one) for one in chances]) - right.mean()) < 0.03


def test_from_a_thousand_examples_on_steps_replace_the_line() -> None:
    draw = np.random.default_rng(1)
    chances = draw.uniform(0, 1, 1200)
    right = draw.random(1200) < np.where(chances > 0.5, 0.9, 0.2)
    curve = fit_curve(chances.tolist(), right.tolist())
    assert curve.xs
    assert curve(0.9) == pytest.approx(0.9, abs=0.06)
    assert curve(0.1) == pytest.approx(0.2, abs=0.1)


def test_absence_is_likely_where_examples_lack_the_field() -> None:
    cases = [({"a": -2.0}, None)] * 30 + [({"b": 3.0}, "b")] * 30
    odds = fit_odds(cases)
    assert odds.chances({"a": -2.0})[1] > 0.5
    assert odds.chances({"b": 3.0})[1] < 0.5


def test_a_sum_that_holds_draws_its_parts() -> None:
    chances = {
        "net": ({"100": 0.45, "90": 0.5}, 0.05),
        "tax": ({"19": 0.9}, 0.1),
        "gross": ({"119": 0.9}, 0.1),
    }
    found = together(chances, [Sum(("net", "tax"), "gross")], bonus=30.0)
    assert max(found["net"][0], key=lambda key: found["net"][0][key]) == "100"
    assert sum(found["net"][0].values()) + found["net"][1] == pytest.approx(1.0)


def test_a_tax_of_nothing_proves_nothing() -> None:
    chances = {
        "net": ({"119": 0.4, "100": 0.6}, 0.0),
        "tax": ({"0": 1.0}, 0.0),
        "gross": ({"119": 1.0}, 0.0),
    }
    found = together(chances, [Sum(("net", "tax"), "gross")], bonus=100.0)
    assert found["net"][0]["100"] == pytest.approx(0.6, abs=0.01)


def test_chances_outside_the_curve_are_bounded() -> None:
    assert Curve(slope=50.0, ceiling=0.98)(1.0) == 0.98
    assert Odds().chances({})[1] == 1.0


def test_fields_are_read_by_what_their_terms_and_types_say() -> None:
    schema = {
        "required": ["a"],
        "properties": {
            "a": {"type": "string", "x-term": "seller_name"},
            "b": {"type": "string", "format": "date"},
            "c": {"type": ["number", "null"]},
            "d": {"type": "string", "pattern": "^[MFX]$", "x-privacy": "personal"},
            "e": {"enum": ["x", "y"]},
            "f": {"type": "string"},
            "g": {"type": "string", "x-term": "mrz"},
            "h": {
                "type": "array",
                "maxItems": 7,
                "items": {"type": "object", "properties": {"n": {"type": "number"}}},
            },
        },
    }
    targets, tables = targets_of(schema)
    kinds = {one.name: one.kind.partition(":")[0] for one in targets}
    assert kinds == {
        "a": "name", "b": "date", "c": "amount", "d": "token", "e": "choice", "f": "text",
    }  # fmt: skip
    assert [one.name for one in targets if one.is_required] == ["a"]
    assert [one.name for one in targets if one.is_private] == ["d"]
    assert [(one.name, one.most_rows) for one in tables] == [("h", 7)]
