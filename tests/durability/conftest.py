"""One system for all kill tests; each test brings what it needs back to life."""

from collections.abc import Iterator

import pytest

from governance.contracts.models import Process
from tests.durability import work
from tests.durability.harness import SHORT, System, at, running_system


@pytest.fixture(scope="session")
def started() -> Iterator[System]:
    with running_system() as system:
        yield system


@pytest.fixture
def system(started: System, django_db_blocker, settings) -> Iterator[System]:
    """The system with its workers and beat up; this process's Django talks to it."""
    for name, value in SHORT.items():
        setattr(settings, name, value)
    settings.LEDGER_KEY_FILE = started.directory / "data" / "keys" / "ledger.pem"
    with django_db_blocker.unblock(), at(started):
        started.start("worker-inference", "worker", "beat")
        yield started
        started.print_logs()


@pytest.fixture
def swift(system: System) -> Process:
    """Effects are sent as soon as something is decided."""
    return _process(system, "swift", undo_window=0)


@pytest.fixture
def patient(system: System) -> Process:
    """Effects wait for an undo window of two seconds."""
    return _process(system, "patient", undo_window=2)


@pytest.fixture
def papers(system: System, settings) -> Process:
    """Items with files; no model serves, so that each ends with a person once it is read."""
    documents = {
        "BACKEND": "integrations.blobs.DurableFileStorage",
        "OPTIONS": {"location": str(system.directory / "data" / "documents")},
    }
    settings.STORAGES = {**settings.STORAGES, "documents": documents}
    system.start("worker-documents")
    found = Process.objects.filter(pk="papers").first()
    return found or work.make_process_with_files(system, "papers")


def _process(system: System, slug: str, *, undo_window: int) -> Process:
    found = Process.objects.select_related("contract").filter(pk=slug).first()
    return found or work.make_process(system, slug, undo_window=undo_window)
