"""The scheduled verification: kept, shown, alarming when it fails, one at a time."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from structlog.testing import capture_logs

from governance.audit import jobs, verifying
from governance.audit.models import Verification
from governance.errors import Conflict
from governance.ledger.models import Entry
from tests.governance.ledger.conftest import tamper

pytestmark = pytest.mark.django_db


def test_a_whole_ledger_verifies_and_the_result_is_kept(ledger):
    jobs.verify()
    run = Verification.objects.get()
    assert (run.entries, run.sequenced, run.checkpoints, run.problems) == (9, 9, 3, 0)
    assert run.first_problems == []
    (entry,) = Entry.objects.filter(kind="ledger.verified")
    assert (entry.actor, entry.data["problems"]) == ("system:verification", 0)


def test_a_changed_ledger_raises_the_alarm(ledger):
    place = Entry.objects.order_by("id")[4].pk
    tamper("UPDATE governance_entry SET kind = 'decision.undone' WHERE id = %s", [place])
    with capture_logs() as logs:
        jobs.verify()
    run = Verification.objects.get()
    assert run.problems == 1
    assert str(place) in run.first_problems[0]
    (said,) = [one for one in logs if one["log_level"] == "error"]
    assert said["event"] == "ledger_does_not_verify"


def test_it_runs_when_it_is_due_and_not_before(ledger, settings):
    jobs.verify()
    jobs.verify()
    assert Verification.objects.count() == 1
    past = timezone.now() - timedelta(seconds=settings.LEDGER_VERIFY_SECONDS + 1)
    Verification.objects.update(started_at=past)
    jobs.verify()
    assert Verification.objects.count() == 2


def test_one_runs_at_a_time_also_by_the_database(ledger):
    now = timezone.now()
    Verification.objects.create(actor="system:test", started_at=now)
    with pytest.raises(Conflict):
        verifying.verify_now(actor="system:test")
    with pytest.raises(IntegrityError, match="one_verification"), transaction.atomic():
        Verification.objects.create(actor="system:test", started_at=now)


def test_one_that_lost_its_worker_is_closed_and_another_runs(ledger):
    long_ago = timezone.now() - verifying.LOST_AFTER - timedelta(seconds=1)
    Verification.objects.create(actor="system:test", started_at=long_ago)
    assert verifying.verify_now(actor="system:test").problems == 0
    assert Verification.objects.order_by("started_at")[0].error == "It was cut off."


def test_that_it_could_not_run_is_an_alarm_too(ledger, monkeypatch):
    def fails(found):
        raise ValueError("no key to check with")

    monkeypatch.setattr(verifying, "verify", fails)
    with capture_logs() as logs:
        verifying.verify_now(actor="system:test")
    assert Verification.objects.get().error == "no key to check with"
    assert [one["log_level"] for one in logs] == ["error"]


def test_the_command_verifies_and_says_so(ledger, capsys):
    call_command("audit", "verify")
    assert "The ledger verifies." in capsys.readouterr().out
    tamper("DELETE FROM governance_entry WHERE id = %s", [Entry.objects.order_by("id")[2].pk])
    with pytest.raises(CommandError):
        call_command("audit", "verify")
