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
    """Actors of the ledger -> who they are, in two statements; systems by what they do."""
    wanted = set(actors)
    people = User.objects.filter(pk__in=_ids(wanted, "user"))
    producers = Producer.objects.filter(pk__in=_ids(wanted, "producer"))
    known = {f"user:{one.pk}": one.display_name for one in people}
    known |= {f"producer:{one.pk}": one.name for one in producers}
    return {actor: known.get(actor) or _otherwise(actor) for actor in wanted}


def _otherwise(actor: str) -> str:
    kind, _, name = actor.partition(":")
    if kind in ("user", "producer"):
        return "a former colleague" if kind == "user" else "a former producer"
    return name.replace("_", " ").replace("-", " ").capitalize() or actor


def _ids(actors: Iterable[str], kind: str) -> set[UUID]:
    keys = [key for one, _, key in (actor.partition(":") for actor in actors) if one == kind]
    return {found for key in keys if (found := _uuid(key))}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
