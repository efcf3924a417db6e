"""A small ledger of two processes with checkpoints in between, and bundles made of it."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from governance.audit import bundle
from governance.audit.bundle import Scope
from governance.audit.exporting import seal
from governance.ledger.offline.verify_countersign import Check
from governance.ledger.operations import Event, append_many

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.LEDGER_KEY_FILE = tmp_path / "keys" / "ledger.pem"
    settings.EXPORT_DIR = tmp_path / "exports"


def events(count: int, process: str | None) -> list[Event]:
    return [
        Event(
            kind="decision.made",
            item=uuid4(),
            process=process,
            actor="system:test",
            data={"number": number, "confidence": 0.25, "tiny": 1e-7, "note": "prüfen 😀"},
        )
        for number in range(count)
    ]


@pytest.fixture
def ledger(db) -> int:
    """Nine entries of two processes and of none, sealed by three checkpoints."""
    for process in ("desk", "claims", None):
        with transaction.atomic():
            append_many([*events(2, process), *events(1, "desk")])
        seal()
    return 9


class Memory(dict[str, bytes]):
    """An unpacked bundle that is cheap to change."""

    def names(self) -> list[str]:
        return list(self)

    def open(self, name: str) -> io.BytesIO:
        return io.BytesIO(self[name])


@pytest.fixture
def make(tmp_path) -> Callable[..., Memory]:
    """make(process=…, since=…, until=…) writes a bundle and unpacks it."""

    def make(**scope: Any) -> Memory:
        path = tmp_path / "bundle.zip"
        bundle.write(path, Scope(**scope), actor="user:test", now=NOW, size=seal())
        with zipfile.ZipFile(path) as archive:
            return Memory({name: archive.read(name) for name in archive.namelist()})

    return make


def faults(files: Memory, **options: Any) -> list[str]:
    found: list[str] = []
    Check(files, found.append, **options).run()
    return found
