"""Who holds what in a process, as the pages of access show it."""

from collections import defaultdict
from dataclasses import dataclass, field

from governance.access.models import AccessReview, AccessReviewLine
from governance.models import Process, RoleGrant, User
from governance.roles.queries import direct_rights, open_grants, roles_in
from governance.roles.roles import PERMISSIONS, Role

_WORDS = dict(Process._meta.permissions)  # codename -> what it lets a person do


@dataclass(slots=True)
class Held:
    """A role that somebody holds; `grant` is its record, if it has one."""

    role: Role
    grant: RoleGrant | None

    @property
    def label(self) -> str:
        return self.role.label


@dataclass(slots=True)
class Holder:
    """A person and their roles in one process."""

    person: User
    held: list[Held] = field(default_factory=list)


@dataclass(slots=True)
class PersonRights:
    """A person and, for each right, where it comes from."""

    person: User
    rights: list[tuple[str, str]]


def holders(process: str) -> list[Holder]:
    """The people of a process with their roles; three statements however many they are."""
    grants = open_grants(process)
    found: dict[object, Holder] = {}
    for person, role in roles_in(process):
        holder = found.setdefault(person.pk, Holder(person))
        holder.held.append(Held(role, grants.get((person.pk, role.value))))
    return list(found.values())


def rights_held(process: str) -> list[PersonRights]:
    """Each person's rights in words, with the roles that give them or "given directly"."""
    people: dict[object, User] = {}
    sources: dict[object, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for person, role in roles_in(process):
        people[person.pk] = person
        for codename in PERMISSIONS[role]:
            sources[person.pk][codename].append(role.label)
    for person, codename in direct_rights(process):
        people[person.pk] = person
        sources[person.pk][codename].append("given directly")
    return [
        PersonRights(
            person,
            [
                (words, ", ".join(sources[key][codename]))
                for codename, words in _WORDS.items()
                if codename in sources[key]
            ],
        )
        for key, person in people.items()
    ]


def lines_of(review: AccessReview) -> list[AccessReviewLine]:
    """The lines of a review, by person and role."""
    lines = review.lines.select_related("person", "answered_by")
    return list(lines.order_by("person__first_name", "person__username", "role"))
