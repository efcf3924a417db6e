"""Reports say what is recorded, for whom they are, and who took them."""

import hashlib
import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from governance.catalogue import shadowing
from governance.errors import Conflict, InvalidInput, NotAllowed
from governance.identifiers import uuid7
from governance.incidents.operations import go_on, halt
from governance.ledger.sequencing import sequence
from governance.models import Entry, Training
from governance.roles.operations import revoke_role
from governance.roles.roles import Role
from governance.roles.training import record_training
from governance.rollout import operations as rollout
from review.models import Route
from review.reports import operations
from review.reports.kinds import KINDS, kind_named
from review.reports.model import MOST_DAYS, scope_of
from review.reports.saying import names_of
from review.team import rollup
from tests import factories

pytestmark = pytest.mark.django_db

SERVED = "What served, and what answered beside it"


@pytest.fixture
def scope(process):
    today = timezone.now().date()
    return scope_of([process.pk], today - timedelta(days=6), today)


def rows(name, title, scope):
    table = next(one for one in operations.make(kind_named(name), scope) if one.title == title)
    assert all(len(row) == len(table.columns) for row in table.rows)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def test_a_period_takes_in_both_its_ends():
    scope = scope_of(["b", "a"], date(2026, 3, 1), date(2026, 3, 31))
    assert scope.processes == ("a", "b")
    assert scope.since == datetime(2026, 3, 1, tzinfo=UTC)
    assert scope.until == datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize("days", [-1, MOST_DAYS])
def test_what_is_no_period_is_refused(days):
    with pytest.raises(InvalidInput):
        scope_of(["a"], date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=days))


def test_keys_of_rows_made_now_lie_within_today(process):
    today = timezone.now().date()
    item = factories.make_item(process)
    first, last = scope_of(["a"], today, today).ids()
    assert first <= item.pk < last
    before = scope_of(["a"], today - timedelta(days=1), today - timedelta(days=1)).ids()
    assert before[1] == first


def test_the_inventory_tells_versions_what_served_and_what_is_approved(process, scope):
    (version,) = rows("inventory", "Model versions", scope)
    assert (version["Version"], version["Digest"]) == ("desk/local v1", "0" * 12)
    assert version["Approval at the end"] == "not approved"
    (served,) = rows("inventory", SERVED, scope)
    assert (served["Role"], served["Until"]) == ("champion", "serves")
    factories.approve_all(process)
    tomorrow = scope_of([process.pk], scope.first, scope.last)
    (version,) = rows("inventory", "Model versions", tomorrow)
    assert version["Approval at the end"].startswith("until 20")


def test_the_inventory_tells_a_shadow_from_what_serves(process, scope):
    version = factories.make_version(process)
    running = shadowing.begin(version, share=0.125, daily_limit=5, actor=factories.ACTOR)
    told = {row["Version"]: (row["Role"], row["Until"]) for row in rows("inventory", SERVED, scope)}
    assert told == {
        "desk/local v1": ("champion", "serves"),
        "desk/local v2": ("shadow for 12.5% of the items", "answers beside"),
    }
    shadowing.end_by_id(process=process.pk, deployment_id=running.pk, actor=factories.ACTOR)
    told = {row["Version"]: row["Until"] for row in rows("inventory", SERVED, scope)}
    assert told["desk/local v2"].startswith("20")


def test_an_approval_that_was_withdrawn_since_was_in_force_then(process, cast):
    from governance.approvals import asking
    from governance.approvals.operations import withdraw
    from governance.catalogue.queries import champion

    asked = asking.for_version(champion(process.pk), actor=cast.model_owner, reason="x")
    granted = factories.grant(asked)
    withdraw(approval_id=granted.pk, actor=cast.compliance_officer, reason="Wrong.")
    today = timezone.now().date()
    (now,) = rows("inventory", "Model versions", scope_of([process.pk], today, today))
    assert now["Approval at the end"] == "not approved"


def test_oversight_names_people_their_training_and_what_they_overrode(process, cast, scope):
    record_training(
        user=cast.operator,
        process=process,
        title="Reading bills",
        completed_on=scope.first,
        valid_until=None,
        actor=cast.compliance_officer,
    )
    factories.make_decision(process, cast.operator)
    factories.make_decision(process, cast.operator, verdict="correct")
    factories.make_decision(process, cast.colleague, verdict="reject")
    sequence()
    while rollup.follow():
        pass
    named = {row["Person"]: row["Training"] for row in rows("oversight", "Named overseers", scope)}
    assert named["operator"].startswith("Reading bills, ")
    assert named["colleague"] == "no training recorded"
    work = {row["Person"]: row for row in rows("oversight", "Decisions by person", scope)}
    assert work["operator"]["Decided"] == "2"
    assert work["operator"]["Overrode the model (95% interval)"].startswith("50.0% (")
    assert work["colleague"]["Overrode the model (95% interval)"].endswith("1 of 1)")
    assert "outsider" not in named | work


def test_a_training_that_ran_out_is_none(process, cast, scope):
    record_training(
        user=cast.operator,
        process=process,
        title="Old",
        completed_on=scope.first - timedelta(days=30),
        valid_until=scope.first - timedelta(days=1),
        actor=cast.compliance_officer,
    )
    found = rows("oversight", "Named overseers", scope)
    assert {row["Training"] for row in found} == {"no training recorded"}


def test_stops_are_listed_with_who_stopped(process, cast, scope):
    who = f"user:{cast.owner.pk}"
    rollout.pause(process=process.pk, actor=who)
    rollout.change_stage(process=process.pk, stage="shadow", actor=who)
    halt(process=None, actor=who, reason="Everything looks odd.")
    go_on(process=None, actor=who)
    stops = rows("oversight", "Stops and steps", scope)
    said = {(row["Process"], row["What"].split(" until")[0], row["By"]) for row in stops}
    assert said == {
        ("desk", "Model paused", "owner"),
        ("desk", "Stage changed from assisted to shadow", "owner"),
        ("all", "Halted", "owner"),
    }


def test_routes_are_counted_by_the_day_they_were_made(process, scope):
    factories.make_task(process)
    factories.leave_to_people(factories.make_item(process))
    routed = rows("oversight", "How items were routed", scope)
    shares = {row["Route"]: row["Items"] for row in routed}
    assert shares == {
        Route.Outcome.REVIEW.label: "1",
        Route.Outcome.MANUAL.label: "1",
    }
    long_ago = scope_of([process.pk], date(2020, 1, 1), date(2020, 1, 31))
    assert rows("oversight", "How items were routed", long_ago) == []


def test_access_tells_roles_changes_and_keys(process, cast, scope):
    revoke_role(user=cast.operator, role=Role.OPERATOR, process=process, actor="system:tests")
    _, secret = factories.make_key(process)
    held = {row["Person"] for row in rows("access", "Roles held", scope)}
    assert "operator" not in held
    changes = [row["Was"] for row in rows("access", "Roles given and taken", scope)]
    assert changes == ["given", "taken"]
    (key,) = rows("access", "Keys for the API", scope)
    assert key["Of"] == "shop"
    assert key["May"] == "hand items in; read items, processes and their numbers"
    assert secret not in str(rows("access", "Keys for the API", scope))


def test_those_who_act_go_by_words_never_by_keys(process, cast, scope):
    gone, maker = uuid7(), factories.make_producer()
    assert cast.operator, "who was given a role"
    said = names_of(
        [
            *("system:seed_demo", "system:role-command", f"user:{cast.operator.pk}"),
            *(f"user:{gone}", f"producer:{maker.pk}", f"producer:{gone}", "producer:x"),
        ]
    )
    assert said["system:seed_demo"] == "Seed demo"
    assert said["system:role-command"] == "Role command"
    assert said[f"user:{cast.operator.pk}"] == "operator"
    assert said[f"user:{gone}"] == "a former colleague"
    assert said[f"producer:{maker.pk}"] == "shop"
    assert said[f"producer:{gone}"] == said["producer:x"] == "a former producer"
    (given,) = rows("access", "Roles given and taken", scope)
    assert (given["Person"], given["By"]) == ("operator", "Tests")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_tables_stack_on_a_phone_with_every_text_by_its_column(client, process, cast, kind):
    factories.make_key(process)
    client.force_login(cast.auditor)
    page = client.get(reverse("report", args=[kind.name])).content.decode()
    tables = re.findall(r"<table class=\"([^\"]*)\">(.*?)</table>", page, re.DOTALL)
    assert tables
    for name, table in tables:
        assert "table-stack" in name.split()
        columns = re.findall(r"<th [^>]*>([^<]*)", table)
        cells = re.findall(r"<td ([^>]*)>", table.partition("</thead>")[2])
        bare = [one for one in cells if "data-label" not in one]
        # Frameworks head their references by themselves.
        assert len(bare) == (table.count('class="strong"') if "Framework" in columns else 0)


def test_approvals_say_who_asked_and_who_signed(process, cast, scope):
    factories.approve_all(process)
    found = rows("approvals", "Approvals", scope)
    assert {row["Kind"] for row in found} == {"model version", "contract"}
    for row in found:
        assert row["Asked by"].startswith("asker, ")
        assert row["Signed by"] == "signer-0 as compliance officer"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_handed_out_is_recorded_by_its_digest(kind, process, cast, scope):
    given = operations.hand_out(kind, scope, actor=cast.auditor)
    assert hashlib.sha256(given.content).hexdigest() == given.digest
    body = json.loads(given.content)
    assert body["references"]
    assert "no legal advice" in body["caution"]
    (entry,) = Entry.objects.filter(kind="report.handed_out")
    assert (entry.process, entry.actor) == (process.pk, f"user:{cast.auditor.pk}")
    assert entry.data["sha256"] == given.digest


def test_another_process_is_not_to_be_had(client, process, cast):
    factories.make_process("elsewhere")
    client.force_login(cast.auditor)
    address = reverse("report", args=["oversight"])
    assert client.get(address, {"process": "elsewhere"}).status_code == 404
    assert "elsewhere" not in client.get(address).content.decode()
    assert client.get(address, {"first": "2026-13-01"}).status_code == 422
    assert client.get(reverse("report", args=["nothing"])).status_code == 404


def test_a_download_carries_the_digest_that_is_recorded(client, process, cast):
    client.force_login(cast.compliance_officer)
    answer = client.post(reverse("report-download", args=["records"]))
    digest = hashlib.sha256(answer.content).hexdigest()
    assert answer["X-Content-SHA256"] == digest
    assert Entry.objects.get(kind="report.handed_out").data["sha256"] == digest


def test_nobody_attests_their_own_training(process, cast):
    given = {
        "user": cast.compliance_officer,
        "process": process,
        "title": "Looking",
        "completed_on": timezone.now().date(),
        "valid_until": None,
    }
    with pytest.raises(NotAllowed):
        record_training(**given, actor=cast.compliance_officer)
    with pytest.raises(IntegrityError, match="training_attested_by_another"), transaction.atomic():
        Training.objects.create(
            **given, recorded_by=cast.compliance_officer, recorded_at=timezone.now()
        )
    record_training(**given, actor=cast.lead)
    with pytest.raises(Conflict):
        record_training(**given, actor=cast.lead)
    assert Entry.objects.filter(kind="training.recorded").count() == 1


def test_a_training_is_recorded_on_its_page(client, process, cast):
    operator = cast.operator
    client.force_login(cast.compliance_officer)
    address = reverse("training", args=[process.pk])
    sent = {"user": operator.pk, "title": "Bills", "completed_on": "2026-01-05"}
    assert client.post(address, sent).status_code == 302
    assert Training.objects.get().title == "Bills"
    assert client.post(address, sent | {"user": cast.outsider.pk}).status_code == 422
    assert client.post(address, sent | {"completed_on": ""}).status_code == 422
