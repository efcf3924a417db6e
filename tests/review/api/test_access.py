"""Who can do what, by API."""

import pytest

from governance.roles.keys import issue_key
from governance.roles.roles import PERMISSIONS, Role
from tests import factories
from tests.review.api.conftest import Caller, problem, signed_in

pytestmark = pytest.mark.django_db


def test_people_with_sources_and_keys_with_scopes(process, cast):
    key, _ = factories.make_key(process)
    assert cast.operator
    answer = signed_in(cast.compliance_officer).get("processes/desk/access/").json()
    people = {one["username"]: one for one in answer["people"]}
    assert set(people) == {"operator", "compliance_officer"}
    held = {one["right"]: one["by"] for one in people["operator"]["rights"]}
    assert set(held) == PERMISSIONS[Role.OPERATOR]
    assert held["serve_operator"] == [{"name": "operator", "until": None}]
    (one,) = answer["keys"]
    assert (one["key"], one["owner"], one["of"]) == (key.prefix, "shop", "producer")
    assert one["scopes"] == ["items:write", "items:read"]


def test_it_needs_the_right_and_the_scope(process, cast):
    problem(signed_in(cast.auditor).get("processes/desk/access/"), 403, "not_allowed")
    for scope, status in (("items:read", 403), ("processes:govern", 200)):
        key = issue_key(actor=factories.ACTOR, scopes=[scope], user=cast.compliance_officer)
        assert Caller(secret=key[1]).get("processes/desk/access/").status_code == status
