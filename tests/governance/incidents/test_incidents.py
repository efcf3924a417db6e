"""Opening incidents, moving them, and alarms that ring on."""

import pytest
from django.db import IntegrityError, transaction

from governance.errors import Conflict, InvalidInput
from governance.incidents import handling
from governance.incidents.models import Incident
from governance.incidents.operations import open_incident
from governance.ledger import checkpoints, jobs
from governance.models import Entry
from tests import factories

pytestmark = pytest.mark.django_db
ACTOR = factories.ACTOR


def ring(process, **more):
    return open_incident(
        **{"title": "It rings", "severity": 3, "process": process.pk, "actor": ACTOR, **more}
    )


def kinds():
    return list(Entry.objects.filter(kind__startswith="incident.").values_list("kind", flat=True))


def test_what_people_open_is_numbered_and_told(process):
    first, second = ring(process), ring(process)
    assert (first.number, second.number) == (1, 2)
    assert kinds() == ["incident.opened", "incident.opened"]


def test_an_alarm_that_rings_on_gets_its_open_incident_back(process):
    first = ring(process, source="an_alarm")
    assert ring(process, source="an_alarm") == first
    assert ring(process, source="another") != first
    handling.move(incident_id=first.pk, to="contained", actor=ACTOR)
    assert ring(process, source="an_alarm") == first
    handling.move(incident_id=first.pk, to="resolved", actor=ACTOR)
    assert ring(process, source="an_alarm") != first


def test_the_database_keeps_a_second_open_incident_of_an_alarm_out(process):
    first = ring(process, source="an_alarm")
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.create(
            number=99, title="x", severity=3, process=process, source="an_alarm",
            opened_at=first.opened_at, opened_by=ACTOR,
        )  # fmt: skip


@pytest.mark.parametrize("wrong", [{"title": " "}, {"title": "x" * 201}, {"severity": 5}])
def test_what_makes_no_incident_is_refused(process, wrong):
    with pytest.raises(InvalidInput):
        ring(process, **wrong)
    assert not Incident.objects.exists()


def test_it_is_closed_only_once_it_is_written_down(process):
    incident = ring(process)
    handling.move(incident_id=incident.pk, to="resolved", actor=ACTOR)
    with pytest.raises(InvalidInput, match="summary, cause, impact, measures"):
        handling.move(incident_id=incident.pk, to="closed", actor=ACTOR)
    texts = dict.fromkeys(handling.TEXTS, "Known.")
    handling.write(incident_id=incident.pk, texts=texts, actor=ACTOR)
    closed = handling.move(incident_id=incident.pk, to="closed", actor=ACTOR)
    assert None not in (closed.contained_at, closed.resolved_at, closed.closed_at)
    with pytest.raises(Conflict):
        handling.write(incident_id=incident.pk, texts={"cause": "Another."}, actor=ACTOR)
    with pytest.raises(Conflict):
        handling.move(incident_id=incident.pk, to="open", actor=ACTOR)


def test_the_ledger_tells_which_texts_changed_and_not_what_they_say(process):
    incident = ring(process)
    handling.write(incident_id=incident.pk, texts={"cause": "A secret."}, actor=ACTOR)
    entry = Entry.objects.get(kind="incident.written")
    assert entry.data["texts"] == ["cause"]
    assert "secret" not in str(entry.data)


def test_a_ledger_that_contradicts_its_checkpoint_opens_one_critical_incident(monkeypatch):
    def broken():
        raise checkpoints.LedgerInconsistent("The first 7 leaves differ.")

    monkeypatch.setattr(checkpoints, "checkpoint", broken)
    for _ in range(2):
        with pytest.raises(checkpoints.LedgerInconsistent):
            jobs.checkpoint()
    incident = Incident.objects.get()
    assert (incident.severity, incident.source) == (1, "ledger_inconsistent")
    assert incident.process_id is None


TEXTS = {name: f"{name} in words" for name in handling.TEXTS}


def record(incident, **more):
    """As a form that was opened while the incident was as given."""
    seen = {name: handling.fingerprint(getattr(incident, name)) for name in handling.TEXTS}
    handling.record(incident_id=incident.pk, seen=seen, actor=ACTOR, **more)
    return Incident.objects.get(pk=incident.pk)


def test_texts_go_with_the_move_that_needs_them(process):
    opened = open_incident(title="It errs", severity=2, process=process.pk, actor=ACTOR)
    resolved = record(opened, texts={"summary": "It erred."}, to="resolved")
    assert (resolved.state, resolved.summary) == ("resolved", "It erred.")
    closed = record(resolved, texts=TEXTS, to="closed")
    assert (closed.state, closed.measures) == ("closed", "measures in words")


def test_a_refused_move_writes_nothing(process):
    opened = open_incident(title="It errs", severity=2, process=process.pk, actor=ACTOR)
    resolved = record(opened, texts={}, to="resolved")
    before = Entry.objects.count()
    with pytest.raises(InvalidInput):
        record(resolved, texts={"summary": "It erred."}, severity=1, to="closed")
    after = Incident.objects.get(pk=opened.pk)
    assert (after.state, after.summary, after.severity) == ("resolved", "", 2)
    assert Entry.objects.count() == before


def test_what_a_colleague_wrote_meanwhile_is_not_taken_back_by_a_move(process):
    opened = open_incident(title="It errs", severity=2, process=process.pk, actor=ACTOR)
    handling.write(incident_id=opened.pk, texts={"cause": "A\nB"}, actor=ACTOR)
    untouched = dict.fromkeys(handling.TEXTS, "")
    moved = record(opened, texts=untouched | {"summary": "Mine."}, to="contained")
    assert (moved.state, moved.cause, moved.summary) == ("contained", "A\nB", "Mine.")
    with pytest.raises(InvalidInput, match="cause"):
        record(opened, texts={"cause": "Another."}, to="resolved")
    assert Incident.objects.get(pk=opened.pk).cause == "A\nB"
    again = record(moved, texts={"cause": "A\r\nB"})
    assert again.cause == "A\nB"
