"""Bundles asked for on the page: made once, recorded, taken, and gone after some days."""

import zipfile
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.audit import exporting, jobs
from governance.audit.bundle import Scope
from governance.audit.models import Export
from governance.errors import Conflict, InvalidInput
from governance.ledger.models import Entry
from governance.ledger.offline.verify_countersign import Archive, Check, main

pytestmark = pytest.mark.django_db

WHO = "user:00000000-0000-0000-0000-000000000001"


def ask(process="desk", **period):
    period = {"since": None, "until": None} | period
    return exporting.request(process=process, actor=WHO, **period)


def recorded(kind):
    return Entry.objects.filter(kind=kind).order_by("pk")


def test_a_bundle_is_made_once_and_the_ledger_has_its_digest(process):
    asked = ask()
    jobs.export(str(asked.pk))
    made = Export.objects.get()
    assert made.state == "ready"
    assert made.done == made.size > 0
    assert exporting.path_of(made).stat().st_mode & 0o077 == 0
    found = []
    assert Check(Archive(exporting.path_of(made)), found.append).run(), found
    (entry,) = recorded("audit.exported")
    assert entry.data["manifest_sha256"] == made.manifest_digest
    assert (entry.actor, entry.process) == (WHO, "desk")
    assert not exporting.make(asked.pk)
    assert recorded("audit.exported").count() == 1


def test_a_bundle_that_another_worker_makes_is_left_to_it_until_its_lease_ends(process):
    asked = ask()
    soon = timezone.now() + timedelta(minutes=1)
    Export.objects.update(state="running", lease_until=soon)
    assert not exporting.make(asked.pk)
    assert exporting.due() == []
    Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert exporting.due() == [asked.pk]
    assert exporting.make(asked.pk)


def test_progress_is_told_while_it_is_made(process, monkeypatch):
    seen = []

    def write(path, scope, *, progress, **rest):
        progress(3)
        seen.append(Export.objects.values_list("state", "done").get())
        raise OSError("The disk is full.")

    monkeypatch.setattr("governance.audit.bundle.write", write)
    exporting.make(ask().pk)
    assert seen == [("running", 3)]
    failed = Export.objects.get()
    assert (failed.state, failed.error) == ("failed", "The disk is full.")
    assert not list(exporting.path_of(failed).parent.glob("*"))


def test_taking_a_bundle_is_recorded(process):
    asked = ask()
    with pytest.raises(Conflict):
        exporting.downloaded(asked, actor=WHO)
    exporting.make(asked.pk)
    assert exporting.downloaded(Export.objects.get(), actor="user:2").exists()
    (entry,) = recorded("audit.downloaded")
    assert entry.actor == "user:2"


def test_bundles_are_removed_after_some_days(process, settings):
    asked = ask()
    exporting.make(asked.pk)
    jobs.tend_exports()
    assert Export.objects.get().state == "ready"
    old = timezone.now() - timedelta(days=settings.EXPORT_DAYS, seconds=1)
    Export.objects.update(requested_at=old)
    jobs.tend_exports()
    removed = Export.objects.get()
    assert removed.state == "removed"
    assert not exporting.path_of(removed).exists()
    with pytest.raises(Conflict):
        exporting.downloaded(removed, actor=WHO)


def test_what_makes_no_sense_is_refused_here_and_in_the_database(process):
    now = timezone.now()
    with pytest.raises(InvalidInput):
        ask(process="nothing")
    with pytest.raises(InvalidInput):
        ask(since=now, until=now)
    with pytest.raises(IntegrityError, match="export_period_forwards"), transaction.atomic():
        Export.objects.create(actor=WHO, requested_at=now, since=now, until=now)
    with pytest.raises(IntegrityError, match="export_ready_is_whole"), transaction.atomic():
        Export.objects.create(actor=WHO, requested_at=now, state="ready")


def test_a_person_waits_for_a_few_bundles_at_most(process):
    for _ in range(exporting.OPEN_AT_ONCE):
        ask()
    with pytest.raises(Conflict, match="Wait"):
        ask()


def test_without_a_key_it_fails_in_words(process, settings):
    asked = ask()
    settings.DEMO = False
    exporting.make(asked.pk)
    assert "keygen" in Export.objects.get().error


# --- the command -------------------------------------------------------------------------------


def test_the_command_writes_a_bundle_that_the_program_verifies(process, tmp_path, capsys):
    path = tmp_path / "out.zip"
    call_command("audit", "export", "--process=desk", f"--out={path}", "--since=2020-01-01")
    assert "manifest SHA-256" in capsys.readouterr().out
    assert main([str(path)]) == 0
    (entry,) = recorded("audit.exported")
    assert entry.actor == "system:audit"


def test_the_command_opens_leaves_for_the_program(process, tmp_path, capsys):
    with transaction.atomic():
        exporting.exported(Scope("other"), _made(), actor=WHO)
    path = tmp_path / "out.zip"
    call_command("audit", "export", "--process=desk", f"--out={path}")
    with zipfile.ZipFile(path) as archive:
        leaves = archive.read("leaves.txt").decode().splitlines()
    others = [str(at) for at, leaf in enumerate(leaves) if leaf.startswith("- ")]
    capsys.readouterr()
    call_command("audit", "open", *others)
    shown = tmp_path / "opened.jsonl"
    shown.write_text(capsys.readouterr().out)
    assert len(shown.read_text().splitlines()) == len(others) > 0
    assert main([str(path), "--opened", str(shown)]) == 0


def _made():
    from governance.audit.bundle import Made

    return Made(1, 1, 1, "0" * 64)


@pytest.mark.parametrize(
    "options",
    [["--process=nothing"], ["--since=2026-02-02", "--until=2026-02-01"]],
)
def test_the_command_says_what_makes_no_sense(process, tmp_path, options):
    with pytest.raises(CommandError):
        call_command("audit", "export", f"--out={tmp_path / 'out.zip'}", *options)
