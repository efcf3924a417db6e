"""Giving roles: with an end, never one's own, never two that control each other."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError
from django.test import override_settings
from django.utils import timezone

from governance.errors import Conflict, NotAllowed
from governance.models import Entry, RoleGrant
from governance.roles import duties, jobs
from governance.roles.operations import grant_role, revoke_role, role_group
from governance.roles.queries import person_with_rights, rights_of
from governance.roles.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


def give(person, role, process, actor=factories.ACTOR, **options):
    grant_role(user=person, role=role, process=process, actor=actor, **options)


def test_a_role_given_is_recorded_with_its_end_reason_and_giver(process, cast):
    until = timezone.now() + timedelta(days=2)
    officer = cast.compliance_officer
    give(
        cast.outsider,
        Role.OPERATOR,
        process,
        f"user:{officer.pk}",
        until=until,
        reason="Holidays",
    )
    grant = RoleGrant.objects.get(user=cast.outsider)
    assert (grant.until, grant.reason, grant.granted_by) == (until, "Holidays", officer)
    assert Entry.objects.filter(kind="role.granted", actor=f"user:{officer.pk}").count() == 1


def test_a_role_ends_by_itself_and_the_job_touches_no_other(process, cast):
    later = timezone.now() + timedelta(hours=1)
    give(cast.outsider, Role.OPERATOR, process, until=later)
    jobs.end_due()
    assert ("desk", "serve_operator") in rights_of(cast.outsider.pk)
    with transaction.atomic():
        RoleGrant.objects.filter(user=cast.outsider).delete()
    now = timezone.now()
    RoleGrant.objects.create(
        user=cast.outsider,
        role=Role.OPERATOR,
        process=process,
        since=now - timedelta(hours=1),
        until=now,
    )
    jobs.end_due()
    jobs.end_due()
    assert person_with_rights(cast.outsider.pk).loaded_rights == frozenset()
    assert RoleGrant.objects.get(user=cast.outsider).ended_at is not None
    assert Entry.objects.filter(kind="role.ended").count() == 1
    assert ("desk", "serve_compliance_officer") in rights_of(cast.compliance_officer.pk)


def test_a_role_taken_back_ends_its_record_and_can_be_given_anew(process, cast):
    officer = f"user:{cast.compliance_officer.pk}"
    revoke_role(user=cast.operator, role=Role.OPERATOR, process=process, actor=officer)
    assert RoleGrant.objects.get(user=cast.operator).ended_by == cast.compliance_officer
    assert rights_of(cast.operator.pk) == frozenset()
    give(cast.operator, Role.OPERATOR, process)
    assert RoleGrant.objects.filter(user=cast.operator, ended_at=None).count() == 1


def test_nobody_gives_or_takes_a_role_of_their_own(process, cast):
    actor = f"user:{cast.compliance_officer.pk}"
    own = {"user": cast.compliance_officer, "process": process, "actor": actor}
    with pytest.raises(NotAllowed):
        grant_role(role=Role.PLATFORM_ENGINEER, **own)
    with pytest.raises(NotAllowed):
        revoke_role(role=Role.COMPLIANCE_OFFICER, **own)


@pytest.mark.parametrize("field", ["granted_by", "ended_by"])
def test_the_database_refuses_a_grant_by_its_own_person(process, cast, field):
    with pytest.raises(IntegrityError):
        RoleGrant.objects.create(
            user=cast.outsider,
            role="operator",
            process=process,
            since=timezone.now(),
            **{field: cast.outsider},
        )


def test_the_database_refuses_a_changed_grant(process, cast):
    grants = RoleGrant.objects.filter(user=cast.operator)
    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        grants.update(until=timezone.now() + timedelta(days=1))
    assert grants.update(ended_at=timezone.now()) == 1
    with pytest.raises(DatabaseError, match="does not change"):
        grants.update(ended_at=None)


CLASHES = sorted(tuple(sorted(pair)) for pair in duties.pairs())


@pytest.mark.parametrize(("first", "second"), CLASHES)
def test_two_roles_that_control_each_other_are_refused_whoever_writes(process, first, second):
    for one, other in ((first, second), (second, first)):
        person = factories.make_person(f"{one}-first", process, one)
        with pytest.raises(Conflict, match=f"{other.label} and {one.label}"):
            give(person, other, process)
        group = role_group(other, process)
        with pytest.raises(DatabaseError, match="may not hold"), transaction.atomic():
            person.groups.add(group)


def test_duties_are_separate_within_a_process_only(process, cast):
    give(cast.operator, Role.SENIOR_REVIEWER, process)
    give(cast.operator, Role.COMPLIANCE_OFFICER, factories.make_process("elsewhere"))
    cast.operator.groups.add(Group.objects.create(name="no role"))


@override_settings(SEPARATE_DUTIES=["operator/team_lead"])
def test_the_setting_says_which_and_the_database_follows(process, cast):
    duties.sync()
    give(cast.operator, Role.COMPLIANCE_OFFICER, process)
    group = role_group(Role.TEAM_LEAD, process)
    with pytest.raises(DatabaseError, match="may not hold"), transaction.atomic():
        cast.operator.groups.add(group)
