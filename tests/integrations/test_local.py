from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from integrations.providers import Proposal, ProposalRequest, ProviderPermanent, build
from integrations.providers.local import text
from integrations.providers.local.calibration import calibration_error, fit_temperature
from integrations.providers.local.features import Vocabulary
from integrations.providers.local.fields import input_fields, output_fields
from integrations.providers.local.files import load, save
from integrations.providers.local.training import CannotTrain, TrainedModel, train
from tests.integrations import cases


def ask(model_file: dict[str, str], payload: dict[str, Any], **model: str) -> Proposal:
    version = {"path": model_file["path"], "sha256": model_file["sha256"], **model}
    provider = build("local", {"directory": model_file["directory"]})
    return provider.propose(ProposalRequest(payload, cases.INPUT, cases.OUTPUT, model=version))


def test_model_learns_from_text_and_from_numbers(trained: TrainedModel) -> None:
    reports = {report.field: report for report in trained.fields}
    assert reports["category"].accuracy > 0.97
    assert reports["is_urgent"].accuracy > 0.9 > reports["is_urgent"].majority_share
    assert reports["category"].calibration_error < 0.1
    assert reports["category"].rows == trained.rows == 240


def test_unseen_examples_are_mostly_right(model_file: dict[str, str]) -> None:
    unseen = cases.examples(60, seed=99)
    right = [ask(model_file, payload).output == output for payload, output in unseen]
    assert sum(right) >= 52


def test_same_rows_and_seed_give_the_same_file(tmp_path: Path) -> None:
    digests = {
        save(train(cases.examples(40), cases.INPUT, cases.OUTPUT, seed=1).model, tmp_path / name)
        for name in ("a", "b")
    }
    assert len(digests) == 1


def test_saved_model_answers_as_the_trained_one(
    trained: TrainedModel, model_file: dict[str, str]
) -> None:
    for payload, _ in cases.examples(20, seed=5):
        proposal = ask(model_file, payload)
        for answer in trained.model.answer(payload):
            assert proposal.output[answer.field] == answer.value
            assert proposal.confidence[answer.field] == pytest.approx(answer.confidence, abs=1e-5)


@pytest.mark.parametrize("payload", [{}, {"message": ""}, {"message": "  \n"}, {"message": None}])
def test_item_that_says_nothing_is_answered_as_a_guess(
    model_file: dict[str, str], payload: dict[str, Any]
) -> None:
    confidence = ask(model_file, payload).confidence
    assert confidence["category"] is not None
    assert confidence["category"] <= 1 / 3 + 1e-6


def test_words_never_seen_lower_the_confidence(model_file: dict[str, str]) -> None:
    known = ask(model_file, {"message": "my card was declined"}).confidence["category"]
    strange = ask(model_file, {"message": "qzx wvvk jjxq brzt qqwv"}).confidence["category"]
    assert known is not None
    assert strange is not None
    assert strange < 0.7 < known


@pytest.mark.parametrize(
    "payload",
    [
        {"message": 5, "channel": ["mail", 7], "amount": "much", "is_member": "x"},
        {"message": {"a": ["b", {"c": "card"}]}, "amount": 10**400, "channel": {}},
        {"message": "x" * 100_000, "amount": -1e300},
    ],
)
def test_values_of_the_wrong_type_do_not_break_it(
    model_file: dict[str, str], payload: dict[str, Any]
) -> None:
    if payload["amount"] == 10**400:
        with pytest.raises(ProviderPermanent, match="canonical"):
            ask(model_file, payload)
    else:
        assert ask(model_file, payload).output["category"] in {"card", "loan", "login"}


def test_one_class_only_is_answered_no_surer_than_its_rows_allow(tmp_path: Path) -> None:
    rows = [(payload, {"category": "card", "is_urgent": False}) for payload, _ in cases.examples(8)]
    trained = train(rows, cases.INPUT, cases.OUTPUT)
    [answer, _] = trained.model.answer(rows[0][0])
    assert answer.value == "card"
    assert answer.confidence == pytest.approx(0.9)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9])
def test_a_handful_of_rows_trains_without_certainty(count: int) -> None:
    trained = train(cases.examples(count), cases.INPUT, cases.OUTPUT)
    for answer in trained.model.answer({"message": "my card was declined"}):
        assert 0 < answer.confidence <= (count + 1) / (count + 2)


def test_classes_of_one_or_two_rows_are_kept_and_named() -> None:
    rows = cases.examples(120)
    rows = [row for row in rows if row[1]["category"] != "loan"]
    rows.append(({"message": "loan please"}, {"category": "loan", "is_urgent": False}))
    trained = train(rows, cases.INPUT, cases.OUTPUT)
    report = trained.fields[0]
    assert report.classes == 3
    assert report.rare_classes == ('"loan"',)


@pytest.mark.parametrize(
    ("rows", "output", "says"),
    [
        ([], cases.OUTPUT, "no training rows"),
        ([({}, {"category": "no"})], cases.OUTPUT, "Row 1: category is not a value"),
        ([({}, {"category": "card"})], cases.OUTPUT, "required output is_urgent"),
        ([({}, {})], {"properties": {"note": {"type": "string"}}}, "no enum, boolean"),
        (
            [({}, {})],
            {"properties": {"note": {"type": "string"}}, "required": ["note"]},
            "cannot give the required output note",
        ),
    ],
)
def test_what_cannot_be_learnt_is_said(rows: Any, output: dict[str, Any], says: str) -> None:
    with pytest.raises(CannotTrain, match=says):
        train(rows, cases.INPUT, output)


def test_file_of_another_digest_is_refused(model_file: dict[str, str]) -> None:
    with pytest.raises(ProviderPermanent, match="SHA-256 differs"):
        ask(model_file, {"message": "x"}, sha256="0" * 64)


@pytest.mark.parametrize("path", ["../x.npz", "/etc/passwd", "absent.npz", ""])
def test_file_elsewhere_or_nowhere_is_refused(model_file: dict[str, str], path: str) -> None:
    with pytest.raises(ProviderPermanent):
        ask(model_file, {"message": "x"}, path=path, sha256="1" * 64)


def test_file_outside_the_directory_is_refused_though_it_is_a_model(tmp_path: Path) -> None:
    inside = tmp_path / "models"
    inside.mkdir()
    model = train(cases.examples(12, seed=8), cases.INPUT, cases.OUTPUT).model
    digest = save(model, tmp_path / "outside.npz")
    (inside / "link.npz").symlink_to(tmp_path / "outside.npz")
    provider = build("local", {"directory": inside})
    for path in ("../outside.npz", "link.npz", str(tmp_path / "outside.npz")):
        version = {"path": path, "sha256": digest}
        with pytest.raises(ProviderPermanent, match="outside the model directory"):
            provider.propose(ProposalRequest({}, cases.INPUT, cases.OUTPUT, model=version))


def test_unknown_ngrams_shrink_the_known_ones() -> None:
    vocabulary = Vocabulary({"card": 0}, [3.0], 4.0)
    known: tuple[list[int], list[float]] = ([], [])
    assert vocabulary.row(["card"], 5, known)
    assert known == ([5], [1.0])
    mixed: tuple[list[int], list[float]] = ([], [])
    assert vocabulary.row(["card", "qzx"], 5, mixed)
    assert mixed == ([5], [pytest.approx(0.6)])
    assert not vocabulary.row(["qzx"], 5, ([], []))


class Trap:
    """Unpickling this would make a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (self.path,)


def test_file_with_a_pickle_inside_is_refused_and_not_run(tmp_path: Path) -> None:
    import hashlib

    marker = tmp_path / "ran"
    buffer = io.BytesIO()
    trap = np.array([Trap(str(marker))], dtype=object)
    np.savez(buffer, structure=trap)  # numpy pickles object arrays when asked to save them
    file = tmp_path / "trap.npz"
    file.write_bytes(buffer.getvalue())
    with pytest.raises(ProviderPermanent, match="cannot be understood"):
        load(file, hashlib.sha256(buffer.getvalue()).hexdigest())
    assert not marker.exists()


def test_damaged_file_is_refused(tmp_path: Path) -> None:
    import hashlib

    for content in (b"", b"PK\x03\x04 broken", b"\x93NUMPY"):
        file = tmp_path / "model.npz"
        file.write_bytes(content)
        with pytest.raises(ProviderPermanent, match="cannot be understood"):
            load(file, hashlib.sha256(content).hexdigest())


def test_failed_save_leaves_the_old_file(
    trained: TrainedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "model.npz"
    file.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        save(trained.model, file)
    assert [one.name for one in tmp_path.iterdir()] == ["model.npz"]
    assert file.read_bytes() == b"old"


def test_ngrams_are_those_of_scikit_learn() -> None:
    for sample in ("My card, my CARD! it's 5 a.m.", "a bc", "", "Straße  \n ok", "x"):
        normal = text.normalised(sample)
        words = CountVectorizer(ngram_range=(1, 2), lowercase=False).build_analyzer()
        marks = CountVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), lowercase=False
        ).build_analyzer()
        assert sorted(text.word_ngrams(normal)) == sorted(words(normal))
        assert sorted(text.character_ngrams(normal)) == sorted(marks(normal))


def test_schema_offers_fields_and_choices() -> None:
    schema = {
        "type": "object",
        "$defs": {"colour": {"enum": ["red", "blue"]}},
        "properties": {
            "colour": {"$ref": "#/$defs/colour"},
            "who": {"type": "object", "properties": {"born": {"type": "string", "format": "date"}}},
            "note": {"anyOf": [{"type": "null"}, {"type": "string"}]},
            "score": {"type": "integer", "minimum": 1, "maximum": 3},
            "kind": {"const": "x"},
        },
        "required": ["score", "note"],
    }
    found = {".".join(field.path): field.kind for field in input_fields(schema)}
    assert found == {"colour": "category", "who.born": "moment", "note": "text", "score": "number"}
    targets, beyond = output_fields(schema)
    assert {target.name: target.choices for target in targets} == {
        "colour": ('"red"', '"blue"'),
        "score": ("1", "2", "3"),
        "kind": ('"x"',),
    }
    assert beyond == ["note"]


def test_temperature_brings_overconfident_logits_down() -> None:
    chance = np.random.default_rng(0)
    truth = chance.integers(0, 3, 2000)
    logits = chance.normal(size=(2000, 3))
    logits[np.arange(2000), truth] += 1.5
    right = logits.argmax(axis=1) == truth
    honest = fit_temperature(logits, right)
    assert fit_temperature(logits * 5, right) == pytest.approx(honest * 5, rel=0.02)


def test_calibration_error_is_the_gap() -> None:
    right = np.array([True, False] * 500)
    assert calibration_error(np.full(1000, 0.5), right) == pytest.approx(0.0, abs=0.01)
    assert calibration_error(np.full(1000, 0.9), right) == pytest.approx(0.4, abs=0.01)


def test_asking_a_model_imports_no_scikit_learn(model_file: dict[str, str]) -> None:
    code = (
        "import sys; from integrations.providers import build, ProposalRequest as R;"
        f"p = build('local', {{'directory': {model_file['directory']!r}}});"
        f"m = {{'path': {model_file['path']!r}, 'sha256': {model_file['sha256']!r}}};"
        "p.propose(R({'message': 'card'}, {}, {}, model=m));"
        "assert not {'sklearn', 'scipy', 'openai'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
