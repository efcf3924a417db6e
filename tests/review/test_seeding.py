"""The demo of a process that reads documents: its model, its list, its items; and its samples."""

import csv
import json
from itertools import islice
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from governance.catalogue.queries import champion
from governance.contracts import shipped
from governance.contracts.parse import parse
from governance.contracts.shipped import demo
from governance.models import Approval, User
from governance.policies import queries as policies
from governance.policies import shipped as shipped_policies
from integrations.providers.base import ProviderPermanent
from review.management.commands import seed_demo
from review.models import Document, Item

SLUG = "kyc-intake"


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch, settings, tmp_path: Path) -> None:
    """Only one of the four is seeded, with two of its items: all take a minute."""
    settings.MODEL_DIR = tmp_path / "models"
    settings.DATA_DIR = tmp_path
    settings.SCREENING_DIR = tmp_path / "screening"
    monkeypatch.setattr(seed_demo, "STAGES", {SLUG: "assisted"})
    whole = demo.samples
    monkeypatch.setattr(demo, "samples", lambda slug: islice(whole(slug), 2))


@pytest.mark.django_db
def test_the_model_and_list_that_come_with_a_process_serve(one_process, tmp_path: Path) -> None:
    call_command("seed_demo")
    card = json.loads((shipped.folder(SLUG) / shipped.MODEL_CARD).read_text())
    version = champion(SLUG)
    assert version is not None
    assert version.digest == card["sha256"]
    assert version.report["rows"] == card["report"]["rows"]
    assert (tmp_path / "models" / f"{version.digest}.npz").exists()
    assert (tmp_path / "screening" / "screening.csv").exists()
    assert Item.objects.filter(process_id=SLUG).count() == 2
    assert Document.objects.filter(item__process_id=SLUG, state="received").count() >= 3
    assert User.objects.filter(is_demo=True).count() == len(seed_demo.PEOPLE)


@pytest.mark.django_db
def test_seeding_again_adds_nothing_and_leaves_a_list_of_ones_own(
    one_process, tmp_path: Path
) -> None:
    own = tmp_path / "screening" / "screening.csv"
    own.parent.mkdir()
    own.write_text("name\nNobody At All\n")
    call_command("seed_demo")
    User.objects.filter(is_demo=True).update(is_demo=False)  # as if it had been cut off before
    call_command("seed_demo")
    assert own.read_text() == "name\nNobody At All\n"
    assert Item.objects.filter(process_id=SLUG).count() == 2


@pytest.mark.django_db
def test_a_model_that_cannot_be_loaded_is_learnt_anew(
    one_process, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path, sha256: str) -> None:
        raise ProviderPermanent("The model file cannot be understood.")

    called = []
    real = seed_demo.call_command
    monkeypatch.setattr("integrations.extraction.files.load", broken)
    monkeypatch.setattr(
        seed_demo,
        "call_command",
        lambda name, *args, **options: (
            called.append(args) if name == "train_local" else real(name, *args, **options)
        ),
    )
    call_command("seed_demo")
    assert called == [(SLUG, "--from", str(shipped.training_file(SLUG)))]
    assert champion(SLUG) is None


def test_samples_with_documents_lie_beside_their_list(tmp_path: Path) -> None:
    path = tmp_path / "new" / "list.csv"
    options = {"count": 2, "format": "csv", "output": path, "labels": True}
    call_command("make_samples", "invoice-intake", **options)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2
    for row in rows:
        assert json.loads(row["output.lines"])
        (name,) = row["documents"].split(";")
        assert (path.parent / name).stat().st_size > 1_000
    with pytest.raises(CommandError, match="--output"):
        call_command("make_samples", "invoice-intake", "--count", "1")


def test_the_demo_is_the_same_each_time_and_shows_what_is_odd() -> None:
    first = list(islice(demo.samples("invoice-intake"), 7))
    assert first == list(islice(demo.samples("invoice-intake"), 7))
    assert [one.special for one in first] == ["", "", "", "wrong_total", "", "", "hybrid_disagrees"]


@pytest.mark.django_db
def test_the_card_that_comes_with_a_process_is_kept_before_its_approval_is_asked_for(
    one_process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seed_demo, "STAGES", {"invoice-intake": "partial"})
    call_command("seed_demo")
    version = champion("invoice-intake")
    assert version is not None
    revision = version.revisions.get()
    assert revision.author.username == "mona"
    asked = Approval.objects.get(kind=Approval.Kind.VERSION)
    assert asked.after["card"]["digest"] == revision.digest
    assert asked.after["card"]["missing"] == 4


@pytest.mark.django_db
def test_the_demos_policies_are_in_force_and_all_their_names_resolve(one_process) -> None:
    call_command("seed_demo")
    found = policies.citable(SLUG)
    assert [one.policy.slug for one in found] == ["automated-decisions"]
    assert {one.slug for one in shipped_policies.of_processes(shipped.SLUGS)} >= {
        check["policy"]
        for slug in shipped.SLUGS
        for check in parse((shipped.folder(slug) / "contract.yaml").read_text())
        .get("gate", {})
        .get("checks", ())
        if "policy" in check
    }
