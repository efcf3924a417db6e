from __future__ import annotations

from pathlib import Path

import pytest

from integrations.extraction import files
from integrations.extraction.evaluating import all_right, evaluate, splits_by_issuer
from integrations.extraction.training import CannotTrain, Example, Trained, train
from integrations.providers.base import ProviderPermanent
from tests.integrations.extraction.making import SCHEMA, page_of, receipt, receipts


def _read(trained: Trained, example: Example) -> dict[str, object]:
    _, answers = trained.model.answer(example.documents)
    return {one.field: one.value for one in answers if one.value is not None}


def test_fields_of_unseen_documents_are_read(trained: Trained) -> None:
    unseen = [receipt(90_000 + at) for at in range(20)]
    right = [_read(trained, one) == one.output for one in unseen]
    assert sum(right) >= 17


def test_the_report_says_how_each_field_did_on_documents_held_back(trained: Trained) -> None:
    fields = {one.field: one for one in trained.fields}
    assert fields.keys() == {"company", "date", "total"}
    assert all(one.rows == 60 and one.accuracy > 0.85 for one in trained.fields)
    assert fields["total"].above_share is None  # no threshold was given


def test_the_same_examples_and_seed_give_the_same_file(tmp_path: Path) -> None:
    digests = {
        files.save(train(receipts(14), SCHEMA, seed=5).model, tmp_path / f"{at}.npz")
        for at in range(2)
    }
    assert len(digests) == 1


def test_a_saved_model_answers_like_the_trained_one(trained: Trained, tmp_path: Path) -> None:
    digest = files.save(trained.model, tmp_path / "model.npz")
    loaded = files.load(tmp_path / "model.npz", digest)
    for seed in (70_001, 70_002):
        documents = receipt(seed).documents
        one, other = trained.model.answer(documents)[1], loaded.answer(documents)[1]
        assert [(a.value, a.confidence) for a in one] == [(b.value, b.confidence) for b in other]


def test_a_file_that_was_changed_is_refused(trained: Trained, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    digest = files.save(trained.model, path)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ProviderPermanent, match="SHA-256"):
        files.load(path, digest)


def test_trees_that_run_in_a_circle_are_refused(trained: Trained) -> None:
    state = files.state_of(trained.model)
    inner = next(at for at, one in enumerate(state["feature_0"]) if one >= 0)
    state["left_0"] = state["left_0"].copy()
    state["left_0"][inner] = inner
    with pytest.raises(ValueError, match="hang together"):
        files.from_state(state)


def _stored(private: bool) -> bytes:
    label = "personal" if private else "internal"
    schema = {
        **SCHEMA,
        "properties": {
            **SCHEMA["properties"],
            "company": {**SCHEMA["properties"]["company"], "x-privacy": label},
        },
    }
    model = train([receipt(at, shop="Quillon Zephyr") for at in range(6)], schema).model
    return files.state_of(model)["structure"].tobytes()


def test_personal_values_are_not_kept_in_the_file_nor_are_words() -> None:
    assert b"Quillon" not in _stored(private=True)
    # Seen to fail without the guard: other values are kept, since they help to know them again.
    assert b"Quillon Zephyr" in _stored(private=False)
    assert b"INVOICE" not in _stored(private=False)


def test_a_field_that_documents_often_lack_is_left_out_where_it_is_not_there() -> None:
    examples = []
    for at in range(60):
        one = receipt(at, layout=0)
        if at % 2:
            lines = [("Oak Cafe Ltd", 300.0, 60.0), ("TOTAL", 100.0, 200.0), ("7.00", 700.0, 200.0)]
            one = Example((page_of(lines),), {"company": "Oak Cafe Ltd", "total": 7.0})
        examples.append(one)
    model = train(examples, SCHEMA)
    assert "date" not in _read(model, examples[1])
    assert _read(model, examples[0])["date"] == examples[0].output["date"]


def test_a_required_field_gets_its_likeliest_value_however_unlikely() -> None:
    schema = {**SCHEMA, "required": ["total"]}
    model = train(receipts(20), schema)
    odd = Example((page_of([("Some words", 100.0, 100.0), ("3.21", 300.0, 900.0)]),), {})
    assert _read(model, odd)["total"] == 3.21


def test_documents_unlike_all_that_was_learnt_are_not_trusted(trained: Trained) -> None:
    foreign = [
        ("Trattoria Belvedere", 300.0, 60.0),
        ("Scontrino fiscale", 320.0, 90.0),
        ("12/10/2026", 100.0, 120.0),
        ("Importo complessivo pagato", 100.0, 150.0),
        ("41,50", 700.0, 150.0),
    ]
    _, answers = trained.model.answer((page_of(foreign),))
    assert all(one.confidence <= 0.5 for one in answers)
    _, known = trained.model.answer(receipt(90_123).documents)
    assert max(one.confidence for one in known) > 0.8


def test_an_ambiguous_date_is_less_certain_than_a_plain_one(trained: Trained) -> None:
    def confidence(printed: str) -> float:
        example = receipt(4242, layout=0)
        page = example.documents[0].pages[0]
        lines = []
        for number in range(page.text.count("\n") + 1):
            words = [one for one in page.words if one.line == number]
            said = page.text.split("\n")[number]
            said = printed if said.count("/") == 2 else said
            box = words[0].box or (0, 0, 0, 0)
            lines.append((said, box[0] / 10, box[1] * 1400 / 10_000))
        _, answers = trained.model.answer((page_of(lines),))
        return next(one.confidence for one in answers if one.field == "date")

    assert confidence("05/06/2026") <= confidence("25/06/2026")


@pytest.mark.parametrize(
    ("examples", "schema", "says"),
    [
        ([], SCHEMA, "3 examples"),
        (receipts(4), {"properties": {}}, "no field"),
        ([Example((page_of([]),), {"total": 1.0})] * 4, SCHEMA, "No document has a word"),
        ([Example(one.documents, {}) for one in receipts(4)], SCHEMA, "No example says"),
    ],
)
def test_what_cannot_be_learnt_is_said(
    examples: list[Example], schema: dict[str, object], says: str
) -> None:
    with pytest.raises(CannotTrain, match=says):
        train(examples, schema)


def test_no_issuer_is_on_both_sides_of_a_split_by_issuer() -> None:
    shops = ("Elm Books", "Oak Market", "Fir Garage", "Ivy Pharmacy")
    examples = [receipt(at, shop=shops[at % 4]) for at in range(24)]
    for training, held_back in splits_by_issuer(examples, SCHEMA, 2, 0):
        names = [{examples[at].output["company"] for at in part} for part in (training, held_back)]
        assert not names[0] & names[1]


def test_evaluation_judges_by_the_model_that_would_serve() -> None:
    examples = receipts(40)
    outcomes = evaluate(examples, SCHEMA, range(30), range(30, 40))
    assert {one.item for one in outcomes} == set(range(30, 40))
    assert all_right(outcomes, "relaxed") >= 0.7
    assert all_right(outcomes, "close") >= all_right(outcomes, "relaxed")
