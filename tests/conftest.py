"""The suite's services and shared cast; services start before Django reads its settings."""

import pytest

pytest_plugins = ["tests.services", "tests.plugins.ledger_flush"]


@pytest.fixture
def process(db):
    """A help desk at stage assisted: every item is looked at by a person."""
    from tests.factories import make_process

    return make_process()


@pytest.fixture
def cast(process):
    """One person a role in `process`, a second operator (colleague), and an outsider."""
    from tests.factories import make_cast

    return make_cast(process)
