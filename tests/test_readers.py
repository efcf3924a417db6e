"""What an auditor and a platform engineer cannot do, whatever address they call.

An auditor reads: PostgreSQL's own counters say which tables each call wrote to, so that an
address that writes is found even where its answer looks like a refusal.
"""

import pytest
from django.db import connection
from django.test import Client

from governance.roles.keys import issue_key
from governance.roles.roles import PERMISSIONS, Role
from governance.roles.scopes import OF_PEOPLE
from tests import factories
from tests.test_permissions import call, rows, world  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db

# What every signed-in person has of their own, and evidence that an auditor takes away, whose
# taking is recorded.
LEDGER = {"governance_entry", "governance_outbox"}
# One's own sign-in: what one changes, the attempts that are counted, the sessions that end with it.
SIGN_IN = LEDGER | {
    "governance_personsession",
    "governance_signincount",
    "governance_user",
    "mfa_authenticator",
}
WRITES = {
    ("GET", "/account/security/app/"): SIGN_IN,
    ("POST", "/account/security/app/"): SIGN_IN,
    ("POST", "/account/security/codes/"): SIGN_IN,
    ("POST", "/account/security/confirm/"): SIGN_IN,
    ("POST", "/account/security/passkeys/"): SIGN_IN,
    ("POST", "/account/security/password/"): SIGN_IN | {"governance_signinmail"},
    ("POST", "/account/security/{factor_id}/remove/"): SIGN_IN,
    ("POST", "/account/sessions/end-others/"): SIGN_IN,
    ("POST", "/account/sessions/{session_id}/end/"): SIGN_IN,
    ("POST", "/login/forgotten/"): SIGN_IN | {"governance_resetrequest"},
    ("POST", "/login/forgotten/new/"): SIGN_IN | {"governance_signinmail"},
    ("POST", "/login/passkey/"): SIGN_IN,
    ("POST", "/login/second/"): SIGN_IN,
    ("POST", "/account/api-keys/"): LEDGER | {"governance_apikey"},
    ("POST", "/account/keys/"): {"governance_user"},
    ("POST", "/notices/read/"): {"review_notice"},
    ("POST", "/notices/ways/"): {"review_noticechoices"},
    ("POST", "/views/"): LEDGER | {"review_savedview"},
    ("POST", "/governance/audit/exports/"): LEDGER | {"governance_export"},
    ("POST", "/governance/audit/exports/{export_id}/download"): LEDGER | {"governance_export"},
    ("POST", "/governance/reports/{report}/download/"): LEDGER,
    ("POST", "/governance/incidents/{incident_id}/items.csv"): LEDGER,
    ("POST", "/items/{item_id}/presence/"): set(),  # who looks at an item, for seconds, in Redis
    ("POST", "/login/"): SIGN_IN,
    ("POST", "/logout/"): SIGN_IN,
}
_COUNTS = """
    SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables
    WHERE relname <> 'django_session'
"""


def counts():
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS)
        return dict(cursor.fetchall())


def written_by(client, method, address, world):  # noqa: F811
    """The tables that a call wrote to, also if what it did was taken back."""
    before = counts()
    call(client, method, address, world)
    return {table for table, count in counts().items() if count > before.get(table, 0)}


@pytest.fixture(params=["session", "key"])
def auditor(request, process, cast):
    client = Client()
    if request.param == "session":
        client.force_login(cast.auditor)
    else:
        key = issue_key(actor=factories.ACTOR, scopes=OF_PEOPLE, user=cast.auditor)
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {key[1]}"
    return client


def test_an_auditor_writes_nowhere_but_to_what_is_their_own(auditor, world):  # noqa: F811
    found_writing = {}
    for method, address, _ in rows():
        tables = written_by(auditor, method, address, world) - {"governance_apikey"}
        if beyond := tables - WRITES.get((method, address), set()):
            found_writing[method, address] = sorted(beyond)
    assert found_writing == {}


def test_the_counters_see_who_does_write(process, cast, world):  # noqa: F811
    """Or the test above could not fail."""
    client = Client()
    client.force_login(cast.lead)
    tables = written_by(client, "POST", "/tasks/{task_id}/release/", world)
    assert {"review_task", *LEDGER} <= tables
    client.force_login(cast.compliance_officer)
    assert written_by(client, "GET", "/items/", world) == set()


def test_what_an_auditor_may_post_is_named_here():
    allowed = {
        (method, address)
        for method, address, marks in rows()
        if method == "POST" and marks["auditor"] in {"+", "L"} and not address.startswith("/api/")
    }
    assert allowed - set(WRITES) == set()


def test_no_right_of_an_auditor_changes_anything():
    assert PERMISSIONS[Role.AUDITOR] == {
        *("view_items", "view_ledger", "view_metrics", "view_governance", "export_audit"),
    }


def test_a_platform_engineer_opens_no_item_and_uncovers_nothing():
    """What their answers may show of one is looked for by test_masking."""
    held = PERMISSIONS[Role.PLATFORM_ENGINEER]
    assert not held & {"view_items", "download_documents", "reveal_personal", "view_ledger"}
    assert not [right for right in held if right.startswith("serve_")]
    marks = {(method, address): marks for method, address, marks in rows()}
    for method, address in marks:
        if "/items/{item_id}" in address or "/documents/" in address or "/tasks/{" in address:
            assert marks[method, address]["platform_engineer"] == ".", address
