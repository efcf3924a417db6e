"""Halting by button and by API, the bar on every page, and the page of an incident."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.incidents.operations import halt, open_incident
from governance.incidents.thresholds import raise_thresholds
from governance.models import Entry, Halt
from governance.roles.operations import grant_role
from governance.roles.roles import Role
from review.incidents import affected, measures
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


def test_a_refusal_leads_back_to_the_incident(process, cast):
    officer = browser(cast.compliance_officer)
    incident = open_incident(title="It errs", severity=2, process=process.pk, actor=factories.ACTOR)
    back = f'href="{reverse("incident", args=[incident.pk])}" data-goes-back'
    for name, posted in (
        ("incident-move", {"to": "closed"}),
        ("incident-measure", {"process": process.pk, "verb": "undo", "reason": ""}),
        ("incident-play", {"process": process.pk}),
        ("incident-items", {"process": process.pk, "since": "x"}),
    ):
        answer = officer.post(reverse(name, args=[incident.pk]), posted)
        assert answer.status_code in (409, 422), name
        assert back in answer.content.decode(), name


def test_a_refusal_names_fields_as_people_see_them(process, cast):
    officer = browser(cast.compliance_officer)
    posted = {"process": process.pk, "reference": "", "reason": "Court"}
    page = officer.post(reverse("privacy-holds"), posted).content.decode()
    assert "<strong>Case</strong>: 1 to 80 characters" in page
    opened = officer.post(reverse("incidents"), {"process": process.pk, "severity": "2"})
    assert opened.status_code == 422
    assert "What is wrong: 1 to" in opened.content.decode()
    incident = open_incident(title="It errs", severity=2, process=process.pk, actor=factories.ACTOR)
    asked = {"process": process.pk, "since": "x"}
    page = officer.get(reverse("incident", args=[incident.pk]), asked).content.decode()
    assert "Received from: " in page
