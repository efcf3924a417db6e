"""A time range as a range of ids: entries' keys are UUIDv7, in the order of their instants."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

# An entry's key is drawn after its instant, thousands of entries later in the largest batches.
SLACK = timedelta(seconds=2)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def first_id(at: datetime) -> UUID:
    """No UUIDv7 drawn at this instant or later is smaller."""
    milliseconds = max(0, (at - _EPOCH) // timedelta(milliseconds=1))
    return UUID(int=milliseconds << 80)


def id_range(since: datetime | None, until: datetime | None) -> tuple[UUID | None, UUID | None]:
    """Bounds (from, below) that hold every entry of the period, and few others."""
    low = None if since is None else first_id(since)
    high = None if until is None else first_id(until + SLACK)
    return low, high
