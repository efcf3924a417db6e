"""Who can do what, as a file: complete, recorded, and harmless in a spreadsheet."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from governance.access.held import COLUMNS, as_csv, rights_held
from governance.models import Entry
from governance.roles.keys import issue_key, revoke_key
from governance.roles.operations import grant_role
from governance.roles.roles import PERMISSIONS, Role
from tests import factories

pytestmark = pytest.mark.django_db


def rows_of(process, officer):
    text = as_csv(process=process.pk, actor=officer)
    return [dict(zip(COLUMNS, row, strict=True)) for row in list(csv.reader(io.StringIO(text)))[1:]]


def test_each_right_of_each_person_and_each_scope_of_each_live_key_is_a_row(process, cast):
    officer, lead = cast.compliance_officer, cast.lead
    key, _ = factories.make_key(process)
    old, _ = factories.make_key(process, producer="old")
    revoke_key(key_id=old.pk, actor=factories.ACTOR)
    own, _ = issue_key(actor=factories.ACTOR, scopes=["items:read"], user=lead)
    found = rows_of(process, officer)
    people = {(row["account"], row["may"]) for row in found if row["kind"] == "person"}
    assert people == {
        *(("compliance_officer", right) for right in PERMISSIONS[Role.COMPLIANCE_OFFICER]),
        *(("lead", right) for right in PERMISSIONS[Role.TEAM_LEAD]),
    }
    keys = {(row["kind"], row["account"], row["may"]) for row in found if "key" in row["kind"]}
    assert keys == {
        ("producer's key", key.prefix, "items:read"),
        ("producer's key", key.prefix, "items:write"),
        ("person's key", own.prefix, "items:read"),
    }
    taken = Entry.objects.get(kind="access.exported")
    assert (taken.actor, taken.process) == (f"user:{officer.pk}", "desk")
    assert taken.data == {"rows": len(found)}


@pytest.mark.parametrize(
    "name", ['=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "\t=1", "  =1+1", "\r=1"]
)
def test_no_cell_is_a_formula(process, cast, name):
    cast.operator.first_name = name
    cast.operator.save()
    text = as_csv(process="desk", actor=cast.compliance_officer)
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert any(cell.endswith(name.strip()) for cell in cells)
    assert not [cell for cell in cells if cell.lstrip(" ")[:1] in {*"=+-@\t\r\n"} - {""}]


def test_a_right_lasts_as_long_as_the_last_of_its_sources(process, cast):
    until = timezone.now() + timedelta(days=1)
    for role, ends in ((Role.OPERATOR, until), (Role.SENIOR_REVIEWER, None)):
        grant_role(
            user=cast.outsider, role=role, process=process, actor=factories.ACTOR, until=ends
        )
    (one,) = rights_held("desk")
    rights = {right.codename: right for right in one.rights}
    assert rights["serve_operator"].until is None
    assert rights["serve_operator"].by == "operator, senior reviewer"
    grant_role(
        user=cast.outsider,
        role=Role.PLATFORM_ENGINEER,
        process=process,
        actor=factories.ACTOR,
        until=until,
    )
    rights = {right.codename: right for right in rights_held("desk")[0].rights}
    assert rights["halt_automation"].until == until
