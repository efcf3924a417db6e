"""From a file of examples to a version that serves."""

import csv
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from governance.catalogue import queries
from governance.catalogue.models import ModelVersion
from governance.contracts import operations
from integrations.providers.base import ProposalRequest
from integrations.providers.local import LocalProvider
from tests.governance.contracts.texts import CONTRACT, changed

pytestmark = pytest.mark.django_db

PLAIN = changed(
    ("      is_urgent: {type: boolean, x-privacy: internal}\n", ""),
    ("  is_urgent: {automatic: 0.8}\n", ""),
)
WORDS = {"late": "Where is it, it is late", "lost": "It has vanished", "other": "Opening hours"}


@pytest.fixture(autouse=True)
def models(settings, tmp_path: Path) -> Path:
    settings.MODEL_DIR = tmp_path / "models"
    operations.apply(PLAIN, filename="c.yaml", actor="user:1")
    return settings.MODEL_DIR


def write(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def examples(count: int = 30) -> list[list[str]]:
    labels = list(WORDS)
    return [[f"{WORDS[labels[at % 3]]} {at}", labels[at % 3]] for at in range(count)]


@pytest.mark.parametrize(
    ("header", "options"),
    [
        (["text", "category"], []),
        (["input.text", "output.category"], []),
        (["utterance", "label"], ["--map", "utterance=input.text", "--map", "label=category"]),
    ],
)
def test_training_registers_a_file_that_serves(
    tmp_path: Path, models: Path, capsys, header, options
) -> None:
    file = write(tmp_path / "rows.csv", header, examples())
    call_command("train_local", "parcels", "--from", str(file), *options)
    out = capsys.readouterr().out
    assert "Learnt from 30 rows" in out
    assert "category" in out
    version = queries.champion("parcels")
    assert (models / f"{version.digest}.npz").is_file()
    assert version.config == {"path": f"{version.digest}.npz", "sha256": version.digest}
    assert version.report["fields"][0]["field"] == "category"
    agreement_schema = {"type": "object"}
    proposal = LocalProvider(name="local", directory=models).propose(
        ProposalRequest(
            payload={"text": "It has vanished 99"},
            input_schema=agreement_schema,
            output_schema=agreement_schema,
            model=version.config,
        )
    )
    assert proposal.output == {"category": "lost"}


def test_what_was_learnt_can_answer_beside_what_serves(tmp_path: Path, capsys) -> None:
    first = write(tmp_path / "rows.csv", ["text", "category"], examples())
    second = write(tmp_path / "more.csv", ["text", "category"], examples(60))
    call_command("train_local", "parcels", "--from", str(first))
    serving = queries.champion("parcels")
    beside = ("--shadow", "12.5", "--daily-limit", "40")
    call_command("train_local", "parcels", "--from", str(second), *beside)
    assert "asked for 12.5% of the items" in capsys.readouterr().out
    assert queries.champion("parcels") == serving
    (shadow,) = queries.shadows("parcels")
    assert (shadow.version.number, shadow.share, shadow.daily_limit) == (2, 0.125, 40)
    with pytest.raises(CommandError, match="no shadow: This version serves already"):
        call_command("train_local", "parcels", "--from", str(first), *beside)


@pytest.mark.parametrize(
    "options", [("--shadow", "0"), ("--shadow", "5", "--daily-limit", "0"), ("--daily-limit", "9")]
)
def test_what_no_shadow_can_be_is_said_before_training(tmp_path: Path, options) -> None:
    file = write(tmp_path / "rows.csv", ["text", "category"], examples())
    with pytest.raises(CommandError):
        call_command("train_local", "parcels", "--from", str(file), *options)
    assert not ModelVersion.objects.exists()


def test_the_same_rows_again_are_the_same_version(tmp_path: Path) -> None:
    file = write(tmp_path / "rows.csv", ["text", "category"], examples())
    call_command("train_local", "parcels", "--from", str(file))
    first = queries.champion("parcels")
    call_command("train_local", "parcels", "--from", str(file))
    assert queries.champion("parcels") == first


def test_jsonl_rows_may_nest_and_miss_optional_fields(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    rows = [
        {"input": {"text": text, "weight": 2.5} if at % 2 else {"text": text},
         "output": {"category": label}}
        for at, (text, label) in enumerate(examples())
    ]  # fmt: skip
    file.write_text("\n".join(map(json.dumps, rows)))
    call_command("train_local", "parcels", "--from", str(file))
    assert queries.champion("parcels").report["rows"] == 30


def test_bad_rows_are_named_by_line_without_their_values_and_left_out(
    tmp_path: Path, capsys
) -> None:
    rows = [*examples(), ["secret words", "nonsense"], ["", "late"], ["no label", ""]]
    file = write(tmp_path / "rows.csv", ["text", "category"], rows)
    call_command("train_local", "parcels", "--from", str(file))
    err = capsys.readouterr().err
    assert f"{file}:32: output.category is not one of the allowed values" in err
    assert f"{file}:33: input.text must have at least 1 characters" in err
    assert f"{file}:34: output has no label" in err
    assert "secret words" not in err
    assert queries.champion("parcels").report["rows"] == 30


@pytest.mark.parametrize(
    ("header", "options", "message"),
    [
        (["text", "label"], [], "holds no row to learn from"),
        (["text", "category"], ["--map", "text=input.txt"], "there is no such field"),
        (["text", "category"], ["--map", "text"], "COLUMN=FIELD"),
    ],
)
def test_what_cannot_be_trained_is_one_clear_error(
    tmp_path: Path, header, options, message
) -> None:
    file = write(tmp_path / "rows.csv", header, examples())
    with pytest.raises(CommandError, match=message):
        call_command("train_local", "parcels", "--from", str(file), *options)
    assert queries.champion("parcels") is None


def test_an_empty_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    with pytest.raises(CommandError, match="empty"):
        call_command("train_local", "parcels", "--from", str(empty))
    with pytest.raises(CommandError, match="No such file"):
        call_command("train_local", "parcels", "--from", str(tmp_path / "none.csv"))


def test_a_process_whose_provider_is_elsewhere_is_not_trained_here(tmp_path: Path) -> None:
    text = changed(("provider: local", "provider: openai"))
    operations.apply(text, filename="c.yaml", actor="user:1")
    file = write(tmp_path / "rows.csv", ["text", "category"], examples())
    with pytest.raises(CommandError, match="openai"):
        call_command("train_local", "parcels", "--from", str(file))


def test_a_name_on_both_sides_must_be_written_out(tmp_path: Path) -> None:
    text = CONTRACT.replace("weight:", "category:").replace("input.weight", "input.category")
    operations.apply(text, filename="c.yaml", actor="user:1")
    file = write(tmp_path / "rows.csv", ["text", "category"], examples())
    with pytest.raises(CommandError, match=r"input\.category or output\.category"):
        call_command("train_local", "parcels", "--from", str(file))
