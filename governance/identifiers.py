"""Keys: UUIDv7 (RFC 9562), so that rows made together lie together in an index."""

from uuid import UUID

import uuid_utils


def uuid7() -> UUID:
    """A new time-ordered identifier; uuid-utils serves Python 3.11 to 3.14 alike."""
    return UUID(int=uuid_utils.uuid7().int)
