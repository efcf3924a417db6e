"""A version that is asked for by its owner, and people who could sign or try to."""

import os
from dataclasses import dataclass

import psycopg
import pytest
from django.db import connection

from governance.approvals import asking
from governance.identifiers import uuid7
from governance.models import Approval, Process, User
from governance.roles.roles import Role
from tests import factories


@dataclass
class World:
    """A request for the serving version that waits; `officer` may sign it."""

    process: Process
    asked: Approval
    asker: User
    officer: User
    second: User  # another officer
    operator: User

    def request(self):
        return Approval.objects.get(pk=self.asked.pk)


@pytest.fixture
def world(process, cast, duties_together):
    second = factories.make_person("second", process, Role.COMPLIANCE_OFFICER)
    # The asker holds the role that is needed: only that they asked keeps them out.
    asker = factories.make_person("asking", process, Role.MODEL_OWNER, Role.COMPLIANCE_OFFICER)
    version = process.deployments.get().version
    asked = asking.for_version(version, actor=asker, reason="It is better.")
    return World(process, asked, asker, cast.compliance_officer, second, cast.operator)


def signature(approval, actor, *, principal=None, role="compliance_officer", digest=None):
    """An INSERT of a yes as the tables' owner would write it: (statement, values)."""
    return (
        "INSERT INTO governance_signature"
        " (id, approval_id, digest, role, actor_id, principal_id, is_yes, comment, at)"
        " VALUES (%s, %s, %s, %s, %s, %s, true, '', now())",
        [
            *(uuid7(), approval.pk, digest or approval.digest, role),
            *(actor.pk, (principal or actor).pk),
        ],
    )


@pytest.fixture(params=["as owner", "as a replica"])
def guarded(request, db, services):
    """Runs the test as the tables' owner, and again where ordinary triggers are silent."""
    if request.param == "as owner":
        yield
        return
    settings = connection.settings_dict
    if services.postgres is None and "SUPERUSER_URL" not in os.environ:
        pytest.skip("needs a superuser: set SUPERUSER_URL, or leave DATABASE_URL to the suite")
    address = os.environ.get("SUPERUSER_URL") or psycopg.conninfo.make_conninfo(
        host=settings["HOST"], port=settings["PORT"], user="postgres"
    )
    right = f'SET ON PARAMETER session_replication_role {{}} "{settings["USER"]}"'
    with psycopg.connect(address, dbname=settings["NAME"], autocommit=True) as superuser:
        superuser.execute("GRANT " + right.format("TO"))
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("SHOW session_replication_role")
            assert cursor.fetchone()[0] == "replica"
        yield
        with connection.cursor() as cursor:
            cursor.execute("RESET session_replication_role")
        superuser.execute("REVOKE " + right.format("FROM"))
