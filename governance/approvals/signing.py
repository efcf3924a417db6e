"""Who may sign a request, in which role and in whose place; and why not, in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import Group

from governance.approvals import queries, quorum
from governance.approvals.models import Approval, Signature
from governance.errors import NotAllowed
from governance.models import User
from governance.roles import duties
from governance.roles.roles import Role
from governance.signin import factors

_OWN = ""  # the roles that the actor holds


@dataclass(frozen=True, slots=True)
class Way:
    """A signature that somebody could give: in whose place, and in which role."""

    principal: User
    role: str


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody with those whose place they may take and the roles of each, read once.

    roles: principal's key -> {(role, process slug)}. A role of a principal that the actor could not
    hold themself in that process, for a role of their own there, is in barred instead, with that
    own role: what one person may not hold together, nobody signs together by standing in.
    """

    actor: User
    principals: Sequence[User]
    roles: dict[UUID, set[tuple[str, str]]]
    barred: dict[UUID, dict[tuple[str, str], Role]]
    # Roles for which the actor lacks the second factor that they need; "" stands for their own.
    closed: frozenset[str]

    @classmethod
    def of(cls, actor: User) -> Signer:
        principals = queries.principals_of(actor)
        roles = _roles_of(principals)
        barred = {
            key: {} if key == actor.pk else _barred(pairs, roles[actor.pk])
            for key, pairs in roles.items()
        }
        free = {key: pairs - barred[key].keys() for key, pairs in roles.items()}
        return cls(actor, principals, free, barred, _closed(actor))

    def held(self, principal: User, process: str | None) -> set[str]:
        """A principal's roles in a process; where it is None, in any."""
        pairs = self.roles[principal.pk]
        return {role for role, slug in pairs if process is None or slug == process}

    def clash(self, principal: User, role: str, process: str | None) -> Role | None:
        """The actor's own role that keeps them from signing in this one of a principal."""
        pairs = self.barred[principal.pk].items()
        found = (own for (one, slug), own in pairs if one == role and process in (None, slug))
        return next(found, None)

    def is_concerned(self, approval: Approval) -> bool:
        """Whether the actor, or who lets them sign, holds a role whose signature it needs."""
        return any(
            self.held(one, approval.process_id) & set(approval.roles) for one in self.principals
        )


def stand_ins(principal: User, people: Collection[User]) -> list[User]:
    """Those of these people who could sign in somebody's place: in at least one of the roles that
    this person signs in, they could hold it themself in its process."""
    roles = _roles_of([principal, *people])
    places = {one for one in roles[principal.pk] if one[0] in quorum.SIGNING_ROLES}
    return [one for one in people if places - _barred(places, roles[one.pk]).keys()]


def _roles_of(people: Collection[User]) -> dict[UUID, set[tuple[str, str]]]:
    """Person's key -> {(role, process slug)}."""
    roles: dict[UUID, set[tuple[str, str]]] = {one.pk: set() for one in people}
    groups = Group.objects.filter(user__in=roles, name__contains="@")
    for key, name in groups.values_list("user", "name"):
        role, _at, slug = name.partition("@")
        roles[key].add((role, slug))
    return roles


def _barred(
    places: Collection[tuple[str, str]], own: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Role]:
    """Those of these roles that nobody may hold beside their own in the same process, with that."""
    found = {}
    for role, process in places:
        held = [one for one, slug in own if slug == process]
        clashing = duties.barred(role, held) if held else None
        if clashing is not None:
            found[role, process] = clashing
    return found


def ways(approval: Approval, signer: Signer) -> tuple[list[Way], str]:
    """The signatures that somebody may give now; where there are none, why not in a sentence."""
    found, why = [], ""
    for principal in signer.principals:
        try:
            found.append(Way(principal, _role(approval, signer, principal)))
        except NotAllowed as error:
            # That one's own roles stand in the way says more than that one holds none needed.
            if not why or signer.barred[principal.pk]:
                why = str(error)
    return found, "" if found else why


def role_for(approval: Approval, actor: User, principal: User) -> str:
    """The role that a signature counts for. Raises NotAllowed with the reason."""
    signer = Signer.of(actor)
    if principal not in signer.principals:
        raise NotAllowed("You may not sign in this person's place.")
    return _role(approval, signer, principal)


def _role(approval: Approval, signer: Signer, principal: User) -> str:
    pair = {signer.actor.pk, principal.pk}
    held = signer.held(principal, approval.process_id)
    if approval.requested_by_id in pair:
        raise NotAllowed("Who asks for an approval does not sign it.")
    if approval.author_id in pair or _made_by(approval, pair):
        raise NotAllowed("Who made the thing does not sign it.")
    signatures: Sequence[Signature] = list(approval.signatures.all())
    if pair & {key for one in signatures for key in (one.actor_id, one.principal_id)}:
        raise NotAllowed("You have signed already.")
    left = list(approval.roles)
    for one in signatures:
        left.remove(one.role)
    for role in left:
        if role in held:
            if role in signer.closed or _OWN in signer.closed:
                raise NotAllowed("Set up a second factor before you sign: this role needs one.")
            return role
    for role in left:
        own = signer.clash(principal, role, approval.process_id)
        if own is not None:
            raise NotAllowed(
                f"Who is {own.label} here does not sign in the place of a {Role(role).label}: "
                "nobody may be both."
            )
    raise NotAllowed("You hold no role whose signature is still needed.")


def _closed(actor: User) -> frozenset[str]:
    """Whoever signs for somebody else needs the factor that the other's role needs."""
    required = factors.required_roles()
    if not required or factors.has_factor(actor):
        return frozenset()
    own = {_OWN} if factors.is_missing(actor) else set()
    return frozenset({*own, *(role.value for role in required)})


def _made_by(approval: Approval, people: set[UUID]) -> bool:
    makers = queries.makers(approval.process_id, approval.kind, approval.digest)
    return any(f"user:{one}" in makers for one in people)
