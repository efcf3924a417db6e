"""The shipped makers: repeatable, fitting their contract, learnable but not trivial."""

import csv
import io
from collections import Counter

import pytest
from django.core.management import call_command
from threadpoolctl import threadpool_limits

from governance.contracts import shipped
from governance.contracts.agreement import Agreement
from governance.contracts.parse import parse
from integrations.providers.local.training import train


def agreement(slug: str) -> Agreement:
    return Agreement.from_body(parse((shipped.folder(slug) / "contract.yaml").read_text()))


@pytest.mark.parametrize("slug", shipped.FORM_SLUGS)
def test_samples_fit_their_contract_and_show_every_label(slug: str) -> None:
    contract = agreement(slug)
    seen: dict[str, Counter] = {name: Counter() for name in contract.output_fields}
    for sample in shipped.maker(slug).make(1500, seed=3):
        assert contract.payload_errors(sample.payload) == {}
        assert contract.output_errors(sample.output) == {}
        for name, value in sample.output.items():
            seen[name][value] += 1
    for name, values in seen.items():
        assert set(values) == set(contract.output_schema["properties"][name]["enum"])


@pytest.mark.parametrize("slug", shipped.FORM_SLUGS)
def test_the_same_seed_makes_the_same_samples_and_another_others(slug: str) -> None:
    make = shipped.maker(slug).make
    assert list(make(50, seed=1)) == list(make(50, seed=1))
    assert list(make(50, seed=1)) == list(make(80, seed=1))[:50]
    assert [one.payload for one in make(50, 1)] != [one.payload for one in make(50, 2)]
    assert len({one.external_id for one in make(500, seed=1)}) == 500


@pytest.mark.parametrize("slug", shipped.FORM_SLUGS)
def test_the_training_set_is_what_the_maker_makes(slug: str, capsys) -> None:
    kept = (shipped.folder(slug) / "training.csv").read_text(encoding="utf-8")
    call_command("make_samples", slug, "--count", "1500", "--seed", "1", "--labels")
    assert capsys.readouterr().out == kept


@pytest.mark.parametrize("slug", shipped.FORM_SLUGS)
def test_a_model_learns_much_of_it_and_not_all(slug: str) -> None:
    contract = agreement(slug)
    rows = [(one.payload, one.output) for one in shipped.maker(slug).make(1500, seed=1)]
    with threadpool_limits(limits=1):  # as train_local does; spinning BLAS threads cost minutes
        trained = train(rows, contract.input_schema, contract.output_schema)
    accuracy = {one.field: one.accuracy for one in trained.fields}
    assert min(accuracy.values()) > 0.88, accuracy
    assert min(accuracy.values()) < 0.97, accuracy


def test_rows_without_labels_and_as_json_lines(capsys) -> None:
    call_command("make_samples", "claims-triage", "--count", "3")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 3
    assert "input.description" in rows[0]
    assert not any(name.startswith("output.") for name in rows[0])
    call_command("make_samples", "claims-triage", "--count", "3", "--format", "jsonl")
    assert len(capsys.readouterr().out.splitlines()) == 3
