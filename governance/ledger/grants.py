"""What the application's role may do: everything with data, except changing the ledger.

The tables belong to the role that migrates. Web and workers run as `countersign_app`, which owns
nothing and so cannot switch the guards off; withholding the rights is the second lock.
"""

import logging
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.utils import CursorWrapper
from django.db.utils import DatabaseError

APP_ROLE = "countersign_app"
GUARDED_TABLES = (
    "governance_entry",
    "governance_leaf",
    "governance_node",
    "governance_checkpoint",
)

_log = logging.getLogger(__name__)


def grant_rights(*, using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """After each migrate: give the application's role its rights, if that role exists.

    Never stops a migration: where the migrating role may not grant, one line in the log says so.
    """
    connection = connections[using]
    try:
        with transaction.atomic(using=using), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE])
            if cursor.fetchone() is None or not _may_grant(cursor):
                return
            for statement in _statements(cursor):
                cursor.execute(statement)
    except DatabaseError as error:
        _log.warning(
            "Rights of the role %s were not set: %s", APP_ROLE, str(error).partition("\n")[0]
        )


def _may_grant(cursor: CursorWrapper) -> bool:
    """Whether the present role owns the ledger's tables; a line in the log where it should."""
    cursor.execute(
        "SELECT pg_get_userbyid(relowner), pg_has_role(relowner, 'USAGE'), current_user"
        " FROM pg_class WHERE oid = to_regclass('governance_entry')"
    )
    found = cursor.fetchone()
    if found is None:  # migrated back to before the ledger
        return False
    owner, is_mine, present = found
    if owner == APP_ROLE:
        _log.warning(
            "The role %s owns the ledger's tables and could switch their guards off;"
            " migrate as another role.",
            APP_ROLE,
        )
    elif not is_mine:
        _log.warning(
            "Rights of the role %s were not set: the ledger's tables belong to %s, not to %s.",
            APP_ROLE,
            owner,
            present,
        )
    return bool(is_mine)


def _statements(cursor: CursorWrapper) -> list[str]:
    cursor.execute("SELECT quote_ident(current_schema())")
    schema = cursor.fetchone()[0]
    # Only what this role may pass on: an extension's views in the schema belong to others.
    cursor.execute(
        "SELECT relkind, relname, quote_ident(relname) FROM pg_class"
        " WHERE relnamespace = current_schema()::regnamespace"
        " AND relkind IN ('r', 'p', 'v', 'S') AND pg_has_role(relowner, 'USAGE')"
    )
    relations = cursor.fetchall()
    tables = ", ".join(quoted for kind, _, quoted in relations if kind != "S")
    sequences = ", ".join(quoted for kind, _, quoted in relations if kind == "S")
    guarded = ", ".join(quoted for _, name, quoted in relations if name in GUARDED_TABLES)
    data = "SELECT, INSERT, UPDATE, DELETE ON"
    serial = "USAGE, SELECT ON"
    default = f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT"
    return [
        f"GRANT USAGE ON SCHEMA {schema} TO {APP_ROLE}",
        f"{default} {data} TABLES TO {APP_ROLE}",
        f"{default} {serial} SEQUENCES TO {APP_ROLE}",
        *([f"GRANT {data} {tables} TO {APP_ROLE}"] if tables else []),
        *([f"GRANT {serial} {sequences} TO {APP_ROLE}"] if sequences else []),
        *([f"REVOKE UPDATE, DELETE, TRUNCATE ON {guarded} FROM {APP_ROLE}"] if guarded else []),
    ]
