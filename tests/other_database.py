"""Let this process's Django talk to another database than the suite's for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections


@contextmanager
def other_database(**changes: Any) -> Iterator[None]:
    """Change the default connection's settings, for this thread and those started meanwhile."""
    settings = connections.settings["default"]
    before = dict(settings)
    connection.close()
    settings.update(changes)
    try:
        yield
    finally:
        connection.close()
        settings.clear()
        settings.update(before)
