"""Who is told of an approval: those who can sign it, once; and who asked, once it is answered."""

import pytest
from django.urls import reverse

from governance.approvals import asking, operations
from governance.models import Approval
from governance.roles.roles import Role
from governance.rollout.operations import change_stage
from review.models import Notice
from review.notices import approving, queries
from review.notices.texts import path_of, text_of, texts_of
from tests import factories

pytestmark = pytest.mark.django_db


def told(person):
    return list(Notice.objects.filter(person=person).values_list("kind", flat=True))


def test_those_who_can_sign_are_told_once(process, cast):
    asked = factories.make_request(process)
    people = [cast.compliance_officer, cast.owner, cast.lead]
    approving.tell()
    approving.tell()
    assert [told(one) for one in people] == [["approval_waits"], [], []]
    assert asked.requested_by.notices.count() == 0


def test_who_asked_is_not_told_that_it_waits_for_them(process, cast):
    factories.grant_role(
        user=factories._somebody("asker"),
        role=Role.COMPLIANCE_OFFICER,
        process=process,
        actor=factories.ACTOR,
    )
    factories.make_request(process)
    approving.tell()
    assert not Notice.objects.exists()


def test_who_stands_in_is_told(process, cast):
    people = [factories.make_person("free"), factories.make_person("auditing", process)]
    for one in people:
        factories.make_delegation(cast.compliance_officer, one, days_from_now=0)
    factories.grant_role(user=people[1], role=Role.AUDITOR, process=process, actor=factories.ACTOR)
    factories.make_request(process)
    approving.tell()
    assert [told(one) for one in people] == [["approval_waits"], []]


def test_who_asked_is_told_of_the_answer_and_of_its_end(process, cast):
    asked = factories.make_request(process)
    operations.sign(
        approval_id=asked.pk, actor=cast.compliance_officer, is_yes=True, digest=asked.digest
    )
    approving.tell()
    approving.tell()
    assert told(asked.requested_by) == ["approval_answered"]
    operations.withdraw(approval_id=asked.pk, actor=cast.compliance_officer, reason="It was wrong.")
    approving.tell()
    assert told(asked.requested_by) == ["approval_answered"] * 2


def newest(person):
    return Notice.objects.filter(person=person).order_by("-pk")[0]


def test_the_answer_says_yes_or_no_and_to_what(process, cast):
    officer, asker = cast.compliance_officer, factories._somebody("asker")
    told_of = []

    def tell():
        approving.tell()
        told_of.append(text_of(newest(asker)))

    version = factories.make_request(process)
    signed = {"approval_id": version.pk, "actor": officer, "digest": version.digest}
    operations.sign(**signed, is_yes=True)
    tell()
    assert path_of(newest(asker)) == f"/governance/approvals/{version.pk}/"
    operations.withdraw(approval_id=version.pk, actor=officer, reason="Jane Doe was hurt.")
    tell()
    stage = asking.for_stage(process, "full", actor=asker, reason="Jane Doe wants it.")
    operations.sign(
        **{**signed, "approval_id": stage.pk, "digest": stage.digest},
        is_yes=False,
        comment="Jane Doe does not.",
    )
    tell()
    contract = asking.for_contract(process.contract, actor=asker, reason="x")
    factories.age(contract, days=31)
    operations.lapse_due()
    tell()
    assert told_of == [
        "What you asked for was approved: Help desk, model version desk/local v1",
        "An approval that you asked for was withdrawn: Help desk, model version desk/local v1",
        "What you asked for was refused: Help desk to stage full",
        "What you asked for was not answered in time: Help desk, contract 1",
    ]


def test_what_answers_were_to_is_read_at_once(process, django_assert_num_queries):
    for digest in "bcd":
        version = factories.make_version(process, digest)
        asker = factories._somebody("asker")
        factories.grant(asking.for_version(version, actor=asker, reason="x"))
    approving.tell()
    notices = queries.notices_of(asker)
    assert len(notices) == 3
    with django_assert_num_queries(1):
        assert len(set(texts_of(notices))) == 3


def test_taking_ones_own_request_back_is_no_news(process, cast):
    asked = factories.make_request(process)
    operations.withdraw(approval_id=asked.pk, actor=asked.requested_by, reason="Not yet.")
    approving.tell()
    assert not Notice.objects.exists()


def test_those_who_may_ask_are_told_before_what_acts_alone_lapses(process, cast):
    people = [cast.model_owner, cast.owner, cast.operator]
    factories.enter_stage("desk", "full")
    version = Approval.objects.get(kind="version")
    approving.tell()
    assert told(cast.owner) == []
    factories.age(version, days=version.valid_days - 20)
    approving.tell()
    approving.tell()
    assert [told(one) for one in people] == [["approval_lapses"], ["approval_lapses"], []]


def test_nobody_is_told_where_somebody_has_asked_already_or_nothing_acts_alone(process, cast):
    assert cast.owner.is_active  # is made when first named
    factories.enter_stage("desk", "full")
    version = Approval.objects.get(kind="version")
    factories.age(version, days=version.valid_days - 20)
    factories.make_request(process)
    approving.tell()
    assert told(cast.owner) == []
    operations.withdraw(
        approval_id=Approval.objects.get(state="requested").pk,
        actor=factories._somebody("asker"),
        reason="Not yet.",
    )
    change_stage(process="desk", stage="assisted", actor=factories.ACTOR)
    approving.tell()
    assert told(cast.owner) == []


@pytest.fixture
def for_all(process, cast):
    """A policy for every process, which process owners sign; an officer asked for it."""
    return operations.request(
        kind=Approval.Kind.POLICY,
        process=None,
        subject="payments",
        digest="d" * 64,
        title="Payments, version 2",
        risk="medium",
        reason="It is new.",
        actor=cast.compliance_officer,
    )


def test_what_is_for_every_process_is_told_to_who_signs_in_any(for_all, process, cast):
    other = factories.make_process("other")
    elsewhere = factories.make_person("elsewhere", other, Role.PROCESS_OWNER)
    twice = factories.make_person("twice", other, Role.PROCESS_OWNER)
    factories.grant_role(
        user=twice, role=Role.PROCESS_OWNER, process=process, actor=factories.ACTOR
    )
    people = [cast.owner, elsewhere, twice, cast.compliance_officer, cast.lead]
    approving.tell()
    approving.tell()
    assert [told(one) for one in people] == [["approval_waits"]] * 3 + [[], []]
    notice = Notice.objects.get(person=elsewhere)
    assert notice.process is None
    assert text_of(notice) == "An approval waits for your signature: all processes"


def test_who_asked_for_what_is_for_every_process_is_told_of_the_answer(for_all, cast, client):
    operations.sign(approval_id=for_all.pk, actor=cast.owner, is_yes=True, digest=for_all.digest)
    approving.tell()
    assert told(cast.compliance_officer) == ["approval_answered"]
    client.force_login(cast.compliance_officer)
    page = client.get(reverse("notices")).content.decode()
    assert "What you asked for was approved: all processes, policy Payments, version 2" in page
