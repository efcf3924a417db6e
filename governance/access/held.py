"""Who can do what in a process: each person's rights with where they come from, also as CSV."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from governance import spreadsheets
from governance.ledger import operations as ledger
from governance.models import ApiKey, Process, User
from governance.roles.queries import direct_rights, open_grants, roles_in
from governance.roles.roles import PERMISSIONS

_WORDS = dict(Process._meta.permissions)  # codename -> what it lets a person do
COLUMNS = ("kind", "name", "account", "active", "may", "in words", "by", "until")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a right comes from: a role, or "given directly"; until None for no end."""

    name: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Right:
    codename: str
    words: str
    sources: tuple[Source, ...]

    @property
    def by(self) -> str:
        return ", ".join(source.name for source in self.sources)

    @property
    def until(self) -> datetime | None:
        """When the last of its sources ends; None where one has no end."""
        ends = [source.until for source in self.sources if source.until is not None]
        return max(ends) if len(ends) == len(self.sources) else None


@dataclass(frozen=True, slots=True)
class PersonRights:
    """A person and what they may do."""

    person: User
    rights: tuple[Right, ...]


def rights_held(process: str) -> list[PersonRights]:
    """Each person's rights in a process; four statements however many they are."""
    grants = open_grants(process)
    people: dict[UUID, User] = {}
    found: dict[UUID, dict[str, list[Source]]] = defaultdict(lambda: defaultdict(list))
    for person, role in roles_in(process):
        people[person.pk] = person
        grant = grants.get((person.pk, role.value))
        for codename in PERMISSIONS[role]:
            found[person.pk][codename].append(Source(role.label, grant.until if grant else None))
    for person, codename in direct_rights(process):
        people[person.pk] = person
        found[person.pk][codename].append(Source("given directly"))
    return [PersonRights(person, _in_order(found[key])) for key, person in people.items()]


def live_keys(process: str) -> list[ApiKey]:
    """The keys that reach a process now: its producers', and those of its people."""
    now = timezone.now()
    members = [person.pk for person, _ in (*roles_in(process), *direct_rights(process))]
    return list(
        ApiKey.objects.filter(
            Q(process=process) | Q(process__isnull=True, user__in=members),
            Q(expires_at__isnull=True) | Q(expires_at__gt=now),
            revoked_at__isnull=True,
        )
        .select_related("producer", "user", "issued_by")
        .order_by("producer__name", "user__username", "created_at")
    )


@transaction.atomic
def as_csv(*, process: str, actor: User) -> str:
    """People's rights and keys' scopes as CSV for a spreadsheet; who took it is recorded."""
    rows = [*_people_rows(process), *_key_rows(process)]
    data = {"rows": len(rows)}
    ledger.append("access.exported", process=process, actor=f"user:{actor.pk}", data=data)
    return spreadsheets.as_csv(COLUMNS, rows)


def _in_order(sources: dict[str, list[Source]]) -> tuple[Right, ...]:
    return tuple(
        Right(codename, words, tuple(sources[codename]))
        for codename, words in _WORDS.items()
        if codename in sources
    )


def _people_rows(process: str) -> list[Sequence[str]]:
    return [
        (
            "person",
            one.person.display_name,
            one.person.username,
            _yes(one.person.is_active),
            right.codename,
            right.words,
            right.by,
            _instant(right.until),
        )
        for one in rights_held(process)
        for right in one.rights
    ]


def _key_rows(process: str) -> list[Sequence[str]]:
    return [
        (
            "producer's key" if key.producer else "person's key",
            key.owner_name,
            key.prefix,
            _yes(key.producer.is_active if key.producer else bool(key.user and key.user.is_active)),
            scope,
            str(ApiKey.Scope(scope).label),
            key.issued_by.display_name if key.issued_by else "",
            _instant(key.expires_at),
        )
        for key in live_keys(process)
        for scope in key.scopes
    ]


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _instant(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at is not None else ""
