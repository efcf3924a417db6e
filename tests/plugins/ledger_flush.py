"""Lets Django empty the tables between transactional tests although the ledger refuses TRUNCATE.

Only the flush itself is let through: it runs as the tables' owner in one transaction that switches
off the triggers refusing TRUNCATE and switches each back to what it was. Tests meet them switched
on, and the application's role, which owns nothing, could not do the same.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.backends.postgresql.operations import DatabaseOperations

# pg_trigger.tgtype carries this bit for TRUNCATE; tgenabled is O, A, R or D.
_REFUSING_TRUNCATE = """
SELECT format('%I.%I', n.nspname, c.relname), quote_ident(t.tgname), t.tgenabled
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE t.tgtype & 32 <> 0 AND NOT t.tgisinternal AND t.tgenabled <> 'D'
"""
_ENABLE = {"O": "ENABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}


def _flush_past_guards(self: DatabaseOperations, sql_list: list[str]) -> None:
    connection: Any = connections[self.connection.alias]
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(_REFUSING_TRUNCATE)
        triggers = cursor.fetchall()
        for table, trigger, _ in triggers:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        for statement in sql_list:
            cursor.execute(statement)
        for table, trigger, state in triggers:
            cursor.execute(f"ALTER TABLE {table} {_ENABLE[state]} TRIGGER {trigger}")


@pytest.fixture(scope="session", autouse=True)
def _ledger_lets_flush() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", _flush_past_guards)
        yield
