"""Asking, signing and rolling back at the same moment."""

import pytest

from governance.approvals import asking, operations
from governance.catalogue import operations as catalogue
from governance.catalogue.queries import champion
from governance.errors import Conflict
from governance.models import Approval, Deployment
from governance.roles.roles import Role
from governance.rollout.serving import roll_back
from tests import factories
from tests.races.together import together

pytestmark = pytest.mark.race


def test_those_who_ask_at_once_get_the_same_request(race) -> None:
    process = factories.make_process("race-asking")
    version = champion(process.pk)
    people = [factories.make_person(f"race-asking-{number}") for number in range(4)]
    made = together(
        *[lambda one=one: asking.for_version(version, actor=one, reason="x") for one in people]
    )
    assert len({one.pk for one in made}) == 1
    assert Approval.objects.filter(process=process).count() == 1


def test_of_two_who_sign_the_last_place_at_once_one_is_told_so(race) -> None:
    process = factories.make_process("race-signing")
    officers = [
        factories.make_person(f"race-officer-{number}", process, Role.COMPLIANCE_OFFICER)
        for number in range(2)
    ]
    asked = factories.make_request(process)
    outcomes = together(
        *[
            lambda one=one: operations.sign(
                approval_id=asked.pk, actor=one, is_yes=True, digest=asked.digest
            )
            for one in officers
        ]
    )
    assert [type(one) for one in outcomes].count(Conflict) == 1
    assert asked.signatures.count() == 1
    asked.refresh_from_db()
    assert asked.state == "granted"


def test_two_who_roll_back_at_once_go_back_once(race) -> None:
    process = factories.make_process("race-back")
    factories.approve_all(process)
    first = champion(process.pk)
    catalogue.deploy(factories.make_version(process, "b"), actor=factories.ACTOR)
    outcomes = together(*[lambda: roll_back(process="race-back", actor=factories.ACTOR)] * 2)
    assert [type(one) for one in outcomes].count(Conflict) == 1
    assert champion(process.pk) == first
    assert Deployment.objects.filter(process=process, until__isnull=True).count() == 1
