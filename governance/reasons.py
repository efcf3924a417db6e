"""Reasons that people may give for what they do, as part of the entry that records it."""

from governance.errors import InvalidInput

MOST = 500  # characters


def data_of(reason: str, name: str = "reason") -> dict[str, str]:
    """A reason for an entry's data; nothing where none was given. Raises InvalidInput."""
    reason = reason.replace("\0", "").strip()
    if len(reason) > MOST:
        raise InvalidInput("The reason is too long.", {"reason": f"At most {MOST} characters."})
    return {name: reason} if reason else {}
