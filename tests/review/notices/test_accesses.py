"""Officers, and whom it concerns, hear of keys and roles that end and of reviews that are due."""

from datetime import timedelta

import pytest
from django.utils import timezone

from governance.access.operations import start
from governance.models import AccessReview, ApiKey, RoleGrant
from governance.roles.keys import issue_key, revoke_key
from governance.roles.operations import grant_role, revoke_role
from governance.roles.roles import Role
from review.models import Notice
from review.notices import jobs
from review.notices.texts import path_of
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(cast):
    return cast.compliance_officer


def told():
    jobs.tell_of_access()
    jobs.tell_of_access()
    return {(one.person.username, str(one.kind)) for one in Notice.objects.all()}


def in_days(days):
    return timezone.now() + timedelta(days=days)


def key(process, days, **options):
    return issue_key(
        actor=factories.ACTOR,
        scopes=["items:read"],
        **({"producer": factories.make_producer(), "process": process} | options),
        expires_at=in_days(days),
    )[0]


def test_a_producers_key_that_ends_soon_is_told_to_its_officers_once(process, officer, cast):
    assert cast.lead
    key(process, 8)
    assert told() == set()
    ApiKey.objects.update(expires_at=in_days(6))
    assert told() == {("compliance_officer", "key_ends")}
    assert Notice.objects.count() == 1
    assert path_of(Notice.objects.get()).endswith("/producers/?process=desk")


@pytest.mark.parametrize("what", ["revoked", "replaced"])
def test_a_key_that_is_replaced_or_ended_is_no_news(process, officer, what):
    ending = key(process, 6)
    if what == "revoked":
        revoke_key(key_id=ending.pk, actor=factories.ACTOR)
    else:
        key(process, 90)
    assert told() == set()


def test_a_persons_key_is_told_to_them_alone(process, officer, cast):
    key(None, 6, producer=None, user=cast.operator)
    assert told() == {("operator", "key_ends")}
    assert path_of(Notice.objects.get()).endswith("/account/api-keys/")


def test_a_role_that_ends_is_told_to_its_person_and_the_officers(process, officer, cast):
    give = {"user": cast.outsider, "process": process, "actor": factories.ACTOR}
    grant_role(role=Role.OPERATOR, until=in_days(30), **give)
    assert told() == set()
    RoleGrant.objects.filter(user=cast.outsider).delete()
    RoleGrant.objects.create(
        user=cast.outsider,
        role="operator",
        process=process,
        since=in_days(-24),
        until=in_days(6),
    )
    assert told() == {("outsider", "role_ends"), ("compliance_officer", "role_ends")}


@pytest.mark.parametrize("what", ["given for a few days", "taken back"])
def test_a_role_that_was_given_for_days_or_is_gone_is_no_news(process, officer, cast, what):
    give = {"user": cast.outsider, "process": process, "role": Role.OPERATOR}
    grant_role(until=in_days(3), actor=factories.ACTOR, **give)
    if what == "taken back":
        RoleGrant.objects.filter(user=cast.outsider).delete()
        grant_role(actor=factories.ACTOR, **give)
        revoke_role(actor=factories.ACTOR, **give)
    assert told() == set()


def test_a_review_is_told_of_before_it_is_due_and_when_it_is_late(process, officer):
    review = start(process="desk", actor=officer)
    assert told() == set()
    AccessReview.objects.filter(pk=review.pk).delete()
    start(process="desk", actor=officer, days=5)
    assert told() == {("compliance_officer", "access_review")}
    assert Notice.objects.count() == 1
    late = AccessReview.objects.get()
    late.lines.all().delete()
    AccessReview.objects.filter(pk=late.pk).update(due_at=timezone.now(), started_at=in_days(-9))
    told()
    assert Notice.objects.count() == 2
