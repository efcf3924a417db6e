"""Which operation needs which scope of a key: one table to read and to compare with.

+  let in: done, or refused only for what was sent or how things stand
-  refused with 403 `missing_scope`

The keys are of somebody with every right, so that nothing but a scope stands in the way. An
operation that the table does not name fails the first test, one without a scope the second.
"""

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from governance.models import ApiKey
from governance.roles.keys import issue_key
from governance.roles.roles import Role
from governance.roles.scopes import OF_PEOPLE, useful_to
from review.api import scopes
from tests import factories
from tests.review.api.conftest import Caller, problem
from tests.test_permissions import call, rows, world  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db

SCOPES = ("items:read", "items:write", "tasks:decide", "processes:govern")
TABLE = """
METHOD ADDRESS                                       read write decide govern
GET    /api/v1/approvals/                               -     -      -      +
POST   /api/v1/approvals/                               -     -      -      +
GET    /api/v1/approvals/{approval_id}/                 -     -      -      +
POST   /api/v1/approvals/{approval_id}/comment/         -     -      -      +
POST   /api/v1/approvals/{approval_id}/refuse/          -     -      -      +
POST   /api/v1/approvals/{approval_id}/sign/            -     -      -      +
POST   /api/v1/approvals/{approval_id}/withdraw/        -     -      -      +
GET    /api/v1/decisions/                               +     -      +      -
POST   /api/v1/decisions/{decision_id}/amend/           -     -      +      -
POST   /api/v1/decisions/{decision_id}/undo/            -     -      +      -
GET    /api/v1/documents/{document_id}/pages/{number}/  +     -      -      -
GET    /api/v1/effects/failed/                          +     -      -      +
POST   /api/v1/effects/{effect_id}/retry/               -     -      -      +
POST   /api/v1/effects/{effect_id}/write-off/           -     -      -      +
GET    /api/v1/gate/                                    +     -      +      -
POST   /api/v1/gate/{hold_id}/refuse/                   -     -      +      -
POST   /api/v1/gate/{hold_id}/release/                  -     -      +      -
GET    /api/v1/items/                                   +     -      -      -
POST   /api/v1/items/                                   -     +      -      -
POST   /api/v1/items/bulk/                              -     +      -      -
GET    /api/v1/items/{item_id}/                         +     -      -      -
GET    /api/v1/items/{item_id}/lineage/                 +     -      -      -
GET    /api/v1/processes/                               +     +      +      +
GET    /api/v1/processes/{slug}/                        +     +      +      +
GET    /api/v1/processes/{slug}/access/                 -     -      -      +
GET    /api/v1/processes/{slug}/at/                     +     -      -      -
POST   /api/v1/processes/{slug}/give-back/              -     -      -      +
POST   /api/v1/processes/{slug}/give-back/{give_back_id}/ -     -      -      +
POST   /api/v1/processes/{slug}/go-on/                  -     -      -      +
POST   /api/v1/processes/{slug}/halt/                   -     -      -      +
GET    /api/v1/processes/{slug}/metrics/                +     -      -      -
POST   /api/v1/processes/{slug}/pause/                  -     -      -      +
POST   /api/v1/processes/{slug}/resume/                 -     -      -      +
POST   /api/v1/processes/{slug}/stage/                  -     -      -      +
POST   /api/v1/queues/{process}/{queue}/next/           -     -      +      -
GET    /api/v1/tasks/                                   -     -      +      -
GET    /api/v1/tasks/{task_id}/                         -     -      +      -
POST   /api/v1/tasks/{task_id}/decide/                  -     -      +      -
POST   /api/v1/tasks/{task_id}/draft/                   -     -      +      -
POST   /api/v1/tasks/{task_id}/escalate/                -     -      +      -
POST   /api/v1/tasks/{task_id}/heartbeat/               -     -      +      -
POST   /api/v1/tasks/{task_id}/reassign/                -     -      -      +
POST   /api/v1/tasks/{task_id}/release/                 -     -      +      -
POST   /api/v1/tasks/{task_id}/skip/                    -     -      +      -
"""


def table():
    """{(method, address): the scopes that are let in}"""
    lines = [line.split() for line in TABLE.strip().splitlines()[1:]]
    return {
        (line[0], line[1]): {
            scope for scope, sign in zip(SCOPES, line[2:], strict=True) if sign == "+"
        }
        for line in lines
    }


def key_of(person, *wanted, **options):
    return issue_key(actor=factories.ACTOR, scopes=wanted, user=person, **options)


def calls(client, world):  # noqa: F811
    """{(method, address): (status, code)} of every operation."""
    found = {}
    for method, address in table():
        answer = call(client, method, address, world)
        is_problem = answer.headers.get("Content-Type") == "application/problem+json"
        found[method, address] = answer.status_code, answer.json()["code"] if is_problem else ""
    return found


def test_the_table_names_every_operation_and_no_other():
    named = {
        (method, address)
        for method, address, _ in rows()
        if address.startswith("/api/v1/") and not address.endswith("/nothing/")
    }
    assert set(table()) == named


def test_every_operation_has_its_scope_and_the_description_says_the_same():
    described = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    for (method, address), wanted in table().items():
        assert set(scopes.scopes_at(address, method)) & set(OF_PEOPLE) == wanted, address
        security = described[address][method.lower()]["security"]
        lists = [one["key"] for one in security if "key" in one]
        said = {scope for one in lists for scope in one}
        assert said == (set() if len(wanted) == len(SCOPES) else wanted), address
    assert len(scopes.OPERATIONS) == len(table())


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_does_what_its_scope_says_and_nothing_else(scope, process, world):  # noqa: F811
    everybody = factories.make_everybody("everybody", process)
    _, secret = key_of(everybody, scope)
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    refused = {key for key, (_, code) in calls(client, world).items() if code == "missing_scope"}
    assert refused == {key for key, wanted in table().items() if scope not in wanted}


def test_scopes_never_widen_what_a_person_may(process, cast, world):  # noqa: F811
    """An auditor's key with every scope does what the auditor's session does."""
    _, secret = key_of(cast.auditor, *OF_PEOPLE)
    by_key = Client(headers={"Authorization": f"Bearer {secret}"})
    by_session = Client()
    by_session.force_login(cast.auditor)
    assert calls(by_key, world) == calls(by_session, world)


def test_the_problem_names_the_scope_that_is_missing(process, cast):
    _, secret = key_of(cast.operator, "items:read")
    answer = Caller(secret=secret).post("queues/desk/desk/next/")
    document = problem(answer, 403, "missing_scope")
    assert document["scopes"] == ["tasks:decide"]
    assert document["detail"] == "This key lacks the scope tasks:decide."
    assert 'error="insufficient_scope", scope="tasks:decide"' in answer.headers["WWW-Authenticate"]
    two = problem(Caller(secret=key_of(cast.operator, "items:write")[1]).get("gate/"), 403)
    assert two["scopes"] == ["items:read", "tasks:decide"]


def test_a_producer_is_told_of_scopes_that_it_could_have_only(process):
    secret = factories.make_key(process, scopes=["items:write"])[1]
    assert problem(Caller(secret=secret).get("items/"), 403)["scopes"] == ["items:read"]
    problem(Caller(secret=secret).get("tasks/"), 403, "not_allowed")
    assert Caller(secret=secret).get("processes/desk/").status_code == 200


def test_a_method_that_an_address_lacks_is_405_for_any_key(process, cast):
    client = Client(headers={"Authorization": f"Bearer {key_of(cast.operator, 'items:write')[1]}"})
    assert client.delete("/api/v1/items/").status_code == 405
    assert client.options("/api/v1/gate/").status_code == 200
    assert client.head("/api/v1/items/").status_code == 403


@pytest.mark.parametrize(
    ("role", "useful"),
    [
        (Role.AUDITOR, ["items:read"]),
        (Role.OPERATOR, ["items:read", "tasks:decide"]),
        (Role.PLATFORM_ENGINEER, ["items:read", "processes:govern"]),
        (Role.PROCESS_OWNER, ["items:read", "items:write", "processes:govern"]),
    ],
)
def test_only_scopes_are_offered_that_a_person_could_use(role, useful):
    from governance.roles.roles import PERMISSIONS

    assert [str(one) for one in useful_to(PERMISSIONS[role])] == useful
    assert useful_to([]) == []
    assert set(OF_PEOPLE) == set(ApiKey.Scope) - {"items:personal"}
