"""Who holds what in a process, as the pages of access show it."""

from dataclasses import dataclass, field

from governance.access.models import AccessReview, AccessReviewLine
from governance.models import RoleGrant, User
from governance.roles.queries import open_grants, roles_in
from governance.roles.roles import Role


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


def holders(process: str) -> list[Holder]:
    """The people of a process with their roles; three statements however many they are."""
    grants = open_grants(process)
    found: dict[object, Holder] = {}
    for person, role in roles_in(process):
        holder = found.setdefault(person.pk, Holder(person))
        holder.held.append(Held(role, grants.get((person.pk, role.value))))
    return list(found.values())


def lines_of(review: AccessReview) -> list[AccessReviewLine]:
    """The lines of a review: roles by person, then keys."""
    lines = review.lines.select_related("person", "answered_by", "key__producer", "key__user")
    found = lines.order_by("person__first_name", "person__username", "role", "key__prefix")
    return sorted(found, key=lambda one: one.key_id is not None)


def next_line(
    review: AccessReview, answered: AccessReviewLine, viewer: User
) -> AccessReviewLine | None:
    """The line that a person answers after one: the next that is open to them, or the first."""
    lines = lines_of(review)
    place = [one.pk for one in lines].index(answered.pk)
    turned = [*lines[place + 1 :], *lines[:place]]
    return next((one for one in turned if not one.answer and one.person_id != viewer.pk), None)


def named(line: AccessReviewLine) -> str:
    """The role or key of a line, and whose it is."""
    if line.key is not None:
        return f"{line.key.prefix} of {line.key.owner_name}"
    return f"{line.role_label} of {line.person.display_name if line.person else 'nobody'}"
