"""A process whose items carry files, and a reader that needs no subprocess."""

import pytest

from governance.contracts.models import Process
from review.documents import queries
from tests import factories
from tests.review.documents import files


@pytest.fixture(autouse=True)
def fresh_cache():
    """What one test has read is forgotten before the next."""
    queries._cache.clear()


@pytest.fixture
def process(db) -> Process:
    """A help desk that takes one to three files an item."""
    return factories.make_process(contract=files.CONTRACT)


@pytest.fixture
def reader(monkeypatch) -> files.Reader:
    """Stands for the subprocess: what it makes of a file is written in the file."""
    reader = files.Reader()
    monkeypatch.setattr("review.documents.reading.normalise", reader)
    return reader
