"""Applying: versions, numbers, the ledger's entry; and how two versions differ."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from governance.catalogue import queries as catalogue
from governance.contracts import operations, queries
from governance.contracts.agreement import agreement_of
from governance.contracts.models import Contract, Process
from governance.contracts.parse import parse
from governance.contracts.problems import ContractError
from governance.ledger.models import Entry
from review.models import Queue
from tests.governance.contracts.texts import CONTRACT, changed

pytestmark = pytest.mark.django_db

SECOND = changed(("automatic: 0.9,", "automatic: 0.95,"), ("title: Parcels", "title: Boxes"))


def apply(text: str) -> tuple[Contract, bool]:
    return operations.apply(text, filename="c.yaml", actor="user:1")


def test_the_first_contract_makes_its_process_in_stage_assisted() -> None:
    contract, created = apply(CONTRACT)
    process = Process.objects.get(slug="parcels")
    assert created
    assert contract.number == 1
    assert (process.stage, process.title, process.contract_id) == (
        "assisted",
        "Parcels",
        contract.pk,
    )
    assert contract.source == CONTRACT
    assert agreement_of(contract.pk).process == "parcels"


def test_the_same_again_makes_no_version_a_change_does_and_so_does_going_back() -> None:
    first, _ = apply(CONTRACT)
    again, created = apply("# only a comment\n" + CONTRACT)
    assert (again.pk, created) == (first.pk, False)
    assert apply(SECOND)[0].number == 2
    assert Process.objects.get(slug="parcels").title == "Boxes"
    assert apply(CONTRACT)[0].number == 3
    assert queries.current("parcels").number == 3
    assert queries.by_number("parcels", 2).source == SECOND
    assert [one.number for one in queries.versions("parcels")] == [1, 2, 3]


def test_each_version_leaves_one_entry_naming_what_it_replaces() -> None:
    apply(CONTRACT)
    apply(CONTRACT)
    second, _ = apply(SECOND)
    entries = list(Entry.objects.filter(kind="contract.applied").order_by("id"))
    assert [entry.data["previous"] for entry in entries] == [None, 1]
    assert entries[1].data["contract"] == str(second.pk)
    assert (entries[1].process, entries[1].actor) == ("parcels", "user:1")


def test_a_broken_contract_leaves_nothing() -> None:
    with pytest.raises(ContractError):
        apply(changed(("risk: low", "risk: none")))
    assert not Process.objects.exists()
    assert not Entry.objects.exists()


def test_a_provider_the_settings_do_not_name_is_refused() -> None:
    with pytest.raises(ContractError, match=r"candidate\.provider"):
        apply(changed(("provider: local", "provider: nowhere")))


def test_a_failing_ledger_takes_the_version_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(operations.ledger, "append", broken)
    with pytest.raises(RuntimeError):
        apply(CONTRACT)
    assert not Contract.objects.exists()


def test_the_process_is_locked_before_the_version_in_force_is_read() -> None:
    apply(CONTRACT)
    with CaptureQueriesContext(connection) as captured:
        apply(SECOND)
    reads = [one["sql"] for one in captured if "FOR UPDATE" in one["sql"]]
    assert len(reads) == 1
    assert 'FROM "governance_process"' in reads[0]


def test_an_applied_version_cannot_be_changed() -> None:
    contract, _ = apply(CONTRACT)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Contract.objects.filter(pk=contract.pk).update(body={})


def test_diff_names_entries_and_shows_old_and_new() -> None:
    old = parse(CONTRACT)
    new = parse(
        changed(
            ("automatic: 0.9,", "automatic: 0.95,"),
            ("kinds: [review, manual]}", "kinds: [review, manual], lease_seconds: 900}"),
            ("enum: [late, lost, other]", "enum: [late, lost, stolen]"),
            ("provider: local", "provider: local\n  prompt: |\n    one\n    two"),
            ("name: heavy", "name: bulky"),
            ("description: Questions about parcels.\n", ""),
        )
    )
    assert queries.diff(old, old) == []
    lines = queries.diff(old, new)
    assert "confidence.category.automatic: 0.9 → 0.95" in lines
    assert "queues[desk].lease_seconds: 600 → 900" in lines
    assert 'output.schema.properties.category.enum: "other" → removed' in lines
    assert 'output.schema.properties.category.enum: added "stolen"' in lines
    assert "segments[heavy]: removed" in lines
    assert any(line.startswith("segments[bulky]: added") for line in lines)
    assert {"candidate.prompt: text changed", "    + one", "    + two"} <= set(lines)
    assert 'description: "Questions about parcels." → ""' in lines


def test_diff_shows_that_the_order_of_segments_changed() -> None:
    old = parse(CONTRACT)
    one, two = {**old["segments"][0], "name": "a"}, {**old["segments"][0], "name": "b"}
    lines = queries.diff({"segments": [one, two]}, {"segments": [two, one]})
    assert lines == ["segments: order a, b → b, a"]


def test_the_command_applies_syncs_queues_and_says_what_it_did(tmp_path, capsys) -> None:
    file = tmp_path / "parcels.yaml"
    file.write_text(CONTRACT)
    call_command("contract", "apply", str(file))
    assert "parcels v1 applied" in capsys.readouterr().out
    assert set(Queue.objects.values_list("name", flat=True)) == {"desk", "senior", "officers"}
    call_command("contract", "apply", str(file))
    assert "parcels v1 is in force already" in capsys.readouterr().out
    file.write_text(SECOND)
    call_command("contract", "diff", str(file))
    assert 'title: "Parcels" → "Boxes"' in capsys.readouterr().out
    call_command("contract", "list")
    assert "* parcels 1 " in capsys.readouterr().out
    call_command("contract", "show", "parcels", "--number", "1")
    assert capsys.readouterr().out == CONTRACT


def test_the_command_refuses_all_files_where_one_is_broken(tmp_path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(CONTRACT)
    bad.write_text(changed(("process: parcels", "process: boxes"), ("risk: low", "risk: no")))
    with pytest.raises(CommandError) as caught:
        call_command("contract", "apply", str(good), str(bad))
    assert str(caught.value).splitlines() == [
        "Nothing was applied.",
        f'{bad}:4: risk: "no" is not known; it must be one of low, medium, high',
    ]
    assert not Process.objects.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"process: \xff", r":1: is not UTF-8"), (None, "No such file")],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path, content, message) -> None:
    file = tmp_path / "c.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError, match=message):
        call_command("contract", "apply", str(file))


def test_an_endpoint_serves_as_soon_as_its_contract_is_applied_and_leaves_with_it(
    tmp_path,
) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(changed(("provider: local", "provider: openai\n  prompt: Sort it.")))
    call_command("contract", "apply", str(file))
    version = catalogue.champion("parcels")
    assert version.provider == "openai"
    assert "api_key" not in version.config
    file.write_text(CONTRACT)
    call_command("contract", "apply", str(file))
    assert catalogue.champion("parcels") is None
