"""A ledger to look at, and a hand that can break it as only the tables' owner could."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection, transaction

from governance.ledger.checkpoints import checkpoint
from governance.ledger.grants import GUARDED_TABLES
from governance.ledger.operations import Event, append_many
from governance.ledger.sequencing import sequence
from governance.ledger.verify import Problem, Report, verify


@pytest.fixture(autouse=True)
def key_file(settings, tmp_path) -> Path:
    settings.LEDGER_KEY_FILE = tmp_path / "keys" / "ledger.pem"
    return settings.LEDGER_KEY_FILE


@pytest.fixture
def write() -> Callable[..., list[UUID]]:
    """write(count, item=None) appends that many entries in a transaction of its own."""

    def write(count: int, item: UUID | None = None) -> list[UUID]:
        with transaction.atomic():
            return append_many(
                [
                    Event(
                        kind="decision.made",
                        item=item,
                        process="customer-triage",
                        actor="system:test",
                        data={"number": number, "confidence": 0.25, "note": "prüfen"},
                    )
                    for number in range(count)
                ]
            )

    return write


@pytest.fixture
def ledger(db, write) -> list[UUID]:
    """Entries 0 to 10 sealed by checkpoints of size 7 and 11, 11 to 12 sequenced, 2 pending."""
    entries = write(7)
    sequence()
    checkpoint()
    entries += write(4)
    sequence()
    checkpoint()
    entries += write(2)
    sequence()
    return entries + write(2)


@contextmanager
def guards_off() -> Iterator[None]:
    """What the owner of the tables can do and the application cannot."""
    with connection.cursor() as cursor:
        for table in GUARDED_TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        yield
        for table in GUARDED_TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")


def tamper(statement: str, parameters: list[object] | None = None) -> None:
    """Run a statement with the guards off; it must hit something."""
    with guards_off(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        assert cursor.rowcount > 0


def problems(*witnessed: str) -> list[str]:
    found: list[Problem] = []
    report = verify(found.append, witnessed=witnessed)
    assert report.problems == len(found)
    return [str(problem) for problem in found]


def counts() -> Report:
    return verify(lambda problem: None)
