"""Halting by button and by API, the bar on every page, and the page of an incident."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.incidents import handling, playbooks
from governance.incidents.operations import halt, open_incident
from governance.incidents.thresholds import raise_thresholds
from governance.models import Entry, Halt
from governance.roles.operations import grant_role
from governance.roles.roles import Role
from review.incidents import affected, measures, playing
from tests import factories

pytestmark = pytest.mark.django_db


def browser(person):
    client = Client()
    client.force_login(person)
    return client


def text(client, name, *args):
    return client.get(reverse(name, args=args)).content.decode()


def test_the_bar_is_on_the_pages_of_those_whose_process_is_halted(process, cast):
    operator, outsider = browser(cast.operator), browser(cast.outsider)
    assert "is decided automatically" not in text(operator, "my-work")
    halt(process=process.pk, actor=factories.ACTOR, reason="It errs.")
    assert "Halted: Help desk." in text(operator, "my-work")
    assert "is decided automatically" not in text(outsider, "my-work")
    halt(process=None, actor=factories.ACTOR, reason="All of it errs.")
    assert "Everything is halted." in text(operator, "my-work")


def test_the_bar_costs_no_statement(process, cast):
    client = browser(cast.operator)
    text(client, "my-work")
    with CaptureQueriesContext(
        connection,
    ) as before:
        text(client, "my-work")
    halt(process=process.pk, actor=factories.ACTOR, reason="It errs.")
    with CaptureQueriesContext(connection) as after:
        text(client, "my-work")
    assert len(after) == len(before)


def test_everything_is_halted_only_by_who_may_halt_every_process(process, cast):
    officer = browser(cast.compliance_officer)
    other = factories.make_process("other")
    assert officer.post(reverse("halt-everything"), {"reason": "x"}).status_code == 403
    assert not Halt.objects.exists()
    grant_role(
        user=cast.compliance_officer,
        role=Role.COMPLIANCE_OFFICER,
        process=other,
        actor=factories.ACTOR,
    )
    assert officer.post(reverse("halt-everything"), {"reason": "x"}).status_code == 302
    assert Halt.objects.get().process is None
    assert "Let everything go on?" in text(officer, "incidents")
    assert officer.post(reverse("go-on-everything")).status_code == 302
    assert not Halt.objects.filter(until=None).exists()


def test_letting_go_on_and_restoring_are_asked_once_more_and_may_say_why(process, cast):
    officer = browser(cast.compliance_officer)
    halt(process=process.pk, actor=factories.ACTOR, reason="It errs.")
    raise_thresholds(process=process.pk, floor=0.99, actor=factories.ACTOR, reason="It errs.")
    page = text(officer, "incidents")
    for question in ("Let Help desk go on?", "Restore the thresholds of Help desk?"):
        assert page.index("<dialog") < page.index(question)
    for address, kind in (
        ("process-go-on", "automation.resumed"),
        ("thresholds-restore", "threshold.restored"),
    ):
        address = reverse(address, args=[process.pk])
        assert officer.post(address, {"reason": "x" * 501}).status_code == 422
        assert not Entry.objects.filter(kind=kind).exists()
        assert officer.post(address, {"reason": "Mended."}).status_code == 302
        assert Entry.objects.get(kind=kind).data["reason"] == "Mended."


def test_the_page_of_processes_asks_before_one_goes_on(process, cast):
    halt(process=process.pk, actor=factories.ACTOR, reason="It errs.")
    lead = browser(cast.lead)
    page = text(lead, "processes")
    address = reverse("process-go-on", args=[process.pk])
    assert page.index("<dialog") < page.index(f'action="{address}"')
    assert "Let Help desk go on?" in page
    answer = lead.post(address, {"back": "processes", "reason": "Mended."})
    assert answer.headers["Location"] == reverse("processes")
    assert not Halt.objects.filter(until=None).exists()


def test_a_halt_needs_a_reason_and_is_made_once(process, cast):
    lead = browser(cast.lead)
    address = reverse("process-halt", args=[process.pk])
    assert lead.post(address, {"reason": " "}).status_code == 422
    assert lead.post(address, {"reason": "It errs."}).status_code == 302
    assert lead.post(address, {"reason": "It errs."}).status_code == 409


def test_a_process_is_halted_and_goes_on_by_the_api(process, cast):
    client = browser(cast.lead)
    address = f"/api/v1/processes/{process.pk}"
    body = {"reason": "It errs."}
    answer = client.post(f"{address}/halt/", body, content_type="application/json")
    assert answer.status_code == 200
    assert Halt.objects.get().reason == "It errs."
    assert client.post(f"{address}/go-on/").status_code == 200
    assert client.post(f"{address}/go-on/").status_code == 409


def test_a_measure_is_opened_by_who_handles_incidents(process, cast):
    factories.enter_stage(process.pk, "full")
    factories.propose(factories.make_item(process), confidence=0.99)
    incident = open_incident(title="It errs", severity=2, process=process.pk, actor=factories.ACTOR)
    asked = affected.read({"process": process.pk, "since": "2020-01-01T00:00"})
    affected.save(incident_id=incident.pk, asked=asked, actor=cast.compliance_officer)
    run, _ = measures.plan(
        incident=incident,
        process=process.pk,
        verb="undo",
        reason="It erred.",
        actor=cast.compliance_officer,
    )
    address = reverse("run", args=[run.pk])
    assert browser(cast.compliance_officer).get(address).status_code == 200
    assert browser(cast.auditor).get(address).status_code == 403
    page = text(browser(cast.auditor), "incident", incident.pk)
    assert "1 named" in page
    assert "Dry run" not in page


def test_a_refusal_names_fields_as_people_see_them(process, cast):
    officer = browser(cast.compliance_officer)
    posted = {"process": process.pk, "reference": "", "reason": "Court"}
    page = officer.post(reverse("privacy-holds"), posted).content.decode()
    assert "<strong>Case</strong>: 1 to 80 characters" in page
    opened = officer.post(reverse("incidents"), {"process": process.pk, "severity": "2"})
    assert opened.status_code == 422
    assert "Say what is wrong: 1 to" in opened.content.decode()
    incident = open_incident(title="It errs", severity=2, process=process.pk, actor=factories.ACTOR)
    asked = {"process": process.pk, "since": "x"}
    page = officer.get(reverse("incident", args=[incident.pk]), asked).content.decode()
    assert "Received from: " in page


def test_a_refused_move_answers_its_page_with_what_was_typed(process, cast):
    incident = open_incident(title="It errs", severity=2, process=process.pk, actor=factories.ACTOR)
    officer = browser(cast.compliance_officer)
    handling.move(incident_id=incident.pk, to="resolved", actor=factories.ACTOR)
    typed = {"summary": "It erred.", "to": "closed"}
    answer = officer.post(reverse("incident-move", args=[incident.pk]), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert ">It erred.</textarea>" in page
    assert page.count("Write it first.") == 3
    answer = officer.post(reverse("incident-move", args=[incident.pk]), typed | {"to": "contained"})
    assert answer.status_code == 409
    assert ">It erred.</textarea>" in answer.content.decode()


def test_a_measure_with_nothing_to_do_says_so_on_the_page_of_the_incident(process, cast):
    factories.enter_stage(process.pk, "full")
    for _ in range(2):
        factories.make_item(process)
    incident = open_incident(title="It errs", severity=2, process=process.pk, actor=factories.ACTOR)
    asked = affected.read({"process": process.pk, "since": "2020-01-01T00:00"})
    affected.save(incident_id=incident.pk, asked=asked, actor=cast.compliance_officer)
    sent = {"process": process.pk, "verb": "undo", "reason": "It erred."}
    answer = browser(cast.compliance_officer).post(
        reverse("incident-measure", args=[incident.pk]), sent
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "2 items: nothing is decided about them." in page
    assert 'value="It erred."' in page
    assert "Affected items" in page


TWO_BY_HAND = """
name: By hand
use_when: Always.
steps:
  - {do: manual, say: Ask them.}
  - {do: manual, say: Tell them.}
"""


def test_steps_are_numbered_by_what_they_say_and_a_refused_one_answers_its_page(process, cast):
    playbook = playbooks.save(slug="by-hand", source=TWO_BY_HAND, actor=factories.ACTOR)
    incident = open_incident(title="It errs", severity=2, process=process.pk, actor=factories.ACTOR)
    run = playing.start(
        incident_id=incident.pk, playbook_id=playbook.pk, process=process.pk, actor=cast.lead
    )
    lead = browser(cast.lead)
    page = text(lead, "playbook-run", run.pk)
    assert '<h2>1. <span dir="auto">Ask them.</span></h2>' in page
    assert '<h2>2. <span dir="auto">Tell them.</span></h2>' in page
    address = reverse("playbook-step", args=[run.pk])
    for sent in ({"position": 0}, {"position": 0, "skip": "1"}):
        answer = lead.post(address, sent)
        assert answer.status_code == 422
        assert 'id="s-error"' in answer.content.decode()
    answer = lead.post(address, {"position": 1, "note": "They know."})
    assert answer.status_code == 409
    assert 'value="They know."' in answer.content.decode()
    assert lead.post(address, {"position": 0, "note": "They know."}).status_code == 302


@pytest.fixture
def many(process, cast):
    """An incident that names 60 items, the first of which has a measure."""
    factories.enter_stage(process.pk, "full")
    accepted = factories.propose(factories.make_item(process, external_id="=1+1"), confidence=0.99)
    for number in range(59):
        factories.make_item(process, external_id=f"A-{number:02}")
    incident = open_incident(title="It errs", severity=2, process=process.pk, actor=factories.ACTOR)
    asked = affected.read({"process": process.pk, "since": "2020-01-01T00:00"})
    affected.save(incident_id=incident.pk, asked=asked, actor=cast.compliance_officer)
    measures.plan(incident=incident, process=process.pk, verb="undo", reason="x", actor=cast.lead)
    assert accepted.state != "received"
    return incident


def test_every_affected_item_is_reached_page_by_page_and_by_state(many, cast):
    officer = browser(cast.compliance_officer)
    address = reverse("incident-items", args=[many.pk])
    assert f'href="{address}"' in text(officer, "incident", many.pk)
    first = officer.get(address)
    listed = [name for _, name, _ in first.context["rows"]]
    second = officer.get(address, {"before": first.context["next_before"]})
    listed += [name for _, name, _ in second.context["rows"]]
    assert len(listed) == len(set(listed)) == 60
    assert second.context["next_before"] is None
    waiting = officer.get(address, {"state": "received"})
    assert waiting.context["states"][0] == ("received", "waiting for a candidate", 59)
    assert all(item.state == "received" for item, _, _ in waiting.context["rows"])


def test_the_list_as_csv_has_them_all_and_is_recorded(many, cast):
    officer = browser(cast.compliance_officer)
    answer = officer.post(reverse("incident-items-csv", args=[many.pk]))
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert tuple(rows[0]) == affected.COLUMNS
    assert len(rows) == 61
    (of_measure,) = [row for row in rows if row[1] == "'=1+1"]
    assert of_measure[-1] == "not done yet"
    taken = Entry.objects.get(kind="incident.items_taken")
    assert taken.data == {"incident": str(many.pk), "rows": 60}
    assert "Affected items taken as a file, 60 rows" in text(officer, "incident", many.pk)


def test_items_of_a_process_that_is_not_mine_are_counted_and_not_listed(process, cast):
    other = factories.make_process("other")
    incident = open_incident(title="All err", severity=2, process=None, actor=factories.ACTOR)
    for one in (process, other):
        factories.make_item(one, external_id=f"of-{one.pk}")
        asked = affected.read({"process": one.pk, "since": "2020-01-01T00:00"})
        affected.save(incident_id=incident.pk, asked=asked, actor=cast.compliance_officer)
    officer = browser(cast.compliance_officer)
    page = text(officer, "incident-items", incident.pk)
    assert "of-desk" in page
    assert "1 of them in processes that you do not see" in page
    sheet = officer.post(reverse("incident-items-csv", args=[incident.pk])).content.decode()
    for shown in (page, sheet, text(officer, "incident", incident.pk)):
        assert "of-desk" in shown
        assert "of-other" not in shown


def test_the_report_gives_the_reason_of_the_halt_and_items_by_state(many, process, cast):
    halt(process=process.pk, actor=factories.ACTOR, reason="Bills as meters.")
    page = text(browser(cast.auditor), "incident-report", many.pk)
    assert "Bills as meters." in page
    assert "still in force" in page
    assert "<dt>Now waiting for a candidate</dt><dd>59</dd>" in page
