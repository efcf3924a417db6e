"""How reports say instants, shares and people."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from governance.models import Producer, User
from governance.shares import share


def moment(at: datetime) -> str:
    """To the minute, in UTC, as nobody reads a report where it was made."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def day(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d")


def short(digest: str) -> str:
    return digest[:12]


def rate(part: int, whole: int) -> str:
    """A share with its 95% interval, or how little there is to go by."""
    if whole == 0:
        return "–"
    found = share(part, whole)
    interval = f"{found.low:.1%} to {found.high:.1%}"
    return f"{found.value:.1%} ({interval}; {part} of {whole})"


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Actors of the ledger -> who they are, in two statements."""
    people: set[UUID] = set()
    producers: set[UUID] = set()
    for actor in set(actors):
        kind, _, key = actor.partition(":")
        if kind in ("user", "producer") and (identifier := _uuid(key)):
            (people if kind == "user" else producers).add(identifier)
    found = {f"user:{one.pk}": one.display_name for one in User.objects.filter(pk__in=people)}
    known = Producer.objects.filter(pk__in=producers).values_list("pk", "name")
    return found | {f"producer:{key}": name for key, name in known}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
