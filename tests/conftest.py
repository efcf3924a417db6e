"""The suite's shared cast; tests/services.py starts before Django reads its settings."""

import pytest
from django.dispatch import receiver
from django.test.signals import setting_changed

# By name, because a test may put something else in their place.
from review.effects.sending import connector
from review.items.proposing import provider

pytest_plugins = ["tests.plugins.ledger_flush", "tests.plugins.migrated"]


def pytest_collection_modifyitems(items):
    """In a parallel run a file stays on one worker, and so do all that kill processes: one system
    serves them, and two of them at once would be slow for each other."""
    for item in items:
        place = item.nodeid.split("::", 1)[0]
        group = "durability" if place.startswith("tests/durability/") else place
        item.add_marker(pytest.mark.xdist_group(group))


@receiver(setting_changed)
def forget_what_was_built(*, setting, **kwargs):
    """Connectors and providers are built once a process, with the settings of whoever came first: a
    later test's effects would end up in an earlier one's folder."""
    if setting in ("EFFECT_FILE_ROOT", "EFFECT_CONNECTORS", "ALLOW_PRIVATE_ADDRESSES"):
        connector.cache_clear()
    if setting in ("PROVIDERS", "MODEL_DIR"):
        provider.cache_clear()


@pytest.fixture
def process(db):
    """A help desk at stage assisted: every item is looked at by a person."""
    from tests.factories import make_process

    return make_process()


@pytest.fixture
def duties_together(db, settings):
    """Roles that are kept apart may be held by one person, where a test is about another guard."""
    from governance.roles import duties

    settings.SEPARATE_DUTIES = []
    duties.sync()


@pytest.fixture
def cast(process):
    """One person a role in `process`, a second operator (colleague), and an outsider."""
    from tests.factories import make_cast

    return make_cast(process)
