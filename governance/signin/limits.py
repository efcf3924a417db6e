"""How long to wait after how many failures; pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """The first `free` failures cost nothing; then each doubles the wait, up to `most_seconds`.

    A key that rested for `forget_seconds` starts anew.
    """

    free: int
    first_seconds: int
    most_seconds: int
    forget_seconds: int

    def wait_seconds(self, failures: int) -> int:
        """What the last of these failures costs."""
        beyond = failures - self.free
        if beyond < 0:
            return 0
        # 2**20 seconds are more than any limit allows, so larger powers need no reckoning.
        return min(self.most_seconds, self.first_seconds * 2 ** min(beyond, 20))


# One name from one address is held tightly. The name from anywhere is held loosely: whoever
# wants to lock a colleague out can make them wait a minute, in a browser that is new to them.
LIMITS = {
    "pair": Limit(free=5, first_seconds=30, most_seconds=900, forget_seconds=3600),
    "device": Limit(free=5, first_seconds=30, most_seconds=900, forget_seconds=3600),
    "name": Limit(free=50, first_seconds=5, most_seconds=60, forget_seconds=3600),
    "address": Limit(free=100, first_seconds=30, most_seconds=900, forget_seconds=3600),
    "code": Limit(free=5, first_seconds=30, most_seconds=900, forget_seconds=86_400),
    # Requests, not failures: each costs a mail to somebody who may not have asked.
    "reset": Limit(free=3, first_seconds=300, most_seconds=3600, forget_seconds=86_400),
    "reset_from": Limit(free=20, first_seconds=60, most_seconds=900, forget_seconds=3600),
}


def in_words(seconds: int) -> str:
    """A wait as people say it, rounded up."""
    if seconds < 60:
        return f"{max(seconds, 1)} second{'s' if seconds > 1 else ''}"
    minutes = -(-seconds // 60)
    return f"{minutes} minute{'s' if minutes > 1 else ''}"
