"""The explorer's filter: what the address asks for, as what the ledger is searched by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from governance.audit.finding import Wanted
from governance.models import ModelVersion, User
from review.models import Item

NAMES = ("item", "person", "process", "version", "kind", "since", "until")
_ACTORS = ("user:", "producer:", "system:")
MOST_VERSIONS = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter as typed, what it means, and what about it makes no sense, by field."""

    typed: dict[str, str]
    wanted: Wanted
    errors: dict[str, str]

    @property
    def is_narrowed(self) -> bool:
        return any(self.typed.values())


def asked(query: Mapping[str, str], processes: Sequence[str]) -> Asked:
    """Read the filter for a person who may see the ledger of these processes."""
    typed = {name: query.get(name, "").strip()[:200] for name in NAMES}
    errors: dict[str, str] = {}
    within = list(processes)
    if typed["process"]:
        within = [one for one in within if one == typed["process"]]
    since, until = _day(typed, "since", errors), _day(typed, "until", errors)
    if until is not None:
        until += timedelta(days=1)
    if since is not None and until is not None and until <= since:
        errors["until"] = "It ends before it begins."
    wanted = Wanted(
        processes=within,
        items=_items(typed["item"], within, errors) if typed["item"] else None,
        actor=_actor(typed["person"], errors),
        versions=_versions(typed["version"], within, errors),
        kind=typed["kind"],
        since=since,
        until=until,
    )
    return Asked(typed, wanted, errors)


def _day(typed: Mapping[str, str], name: str, errors: dict[str, str]) -> datetime | None:
    if not typed[name]:
        return None
    try:
        return datetime.combine(date.fromisoformat(typed[name]), time(), UTC)
    except ValueError:
        errors[name] = "A day as 2026-03-01."
        return None


def _items(text: str, processes: Sequence[str], errors: dict[str, str]) -> list[UUID]:
    try:
        return [UUID(text)]
    except ValueError:
        found = Item.objects.filter(process_id__in=processes, external_id=text)
        items = list(found.values_list("pk", flat=True)[:20])
        if not items:
            errors["item"] = "No item has this id."
        return items


def _actor(text: str, errors: dict[str, str]) -> str:
    if not text or text.startswith(_ACTORS):
        return text
    person = User.objects.filter(username=text).first()
    if person is None:
        errors["person"] = "Nobody has this user name."
        return "user:"
    return f"user:{person.pk}"


def _versions(text: str, processes: Sequence[str], errors: dict[str, str]) -> list[str]:
    if not text:
        return []
    versions = ModelVersion.objects.filter(model__process_id__in=processes)
    try:
        found = versions.filter(pk=UUID(text)).first()
    except ValueError:
        found = versions.filter(digest=text).first()
    if found is None:
        errors["version"] = "No version has this digest."
        return [text]
    return [found.digest, str(found.pk)]


def versions_of(processes: Sequence[str]) -> list[tuple[str, str]]:
    """The newest versions of these processes, for the filter's list."""
    found = ModelVersion.objects.filter(model__process_id__in=processes)
    found = found.select_related("model__process").defer("config", "report")
    return [
        (str(one.pk), f"{one.model.process.title}: {one.model.name} v{one.number}")
        for one in found.order_by("-created_at")[:MOST_VERSIONS]
    ]
