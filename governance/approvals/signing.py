"""Who may sign a request, in which role and in whose place; and why not, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import Group

from governance.approvals import queries
from governance.approvals.models import Approval, Signature
from governance.errors import NotAllowed
from governance.models import User
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

    roles: principal's key -> {(role, process slug)}.
    """

    actor: User
    principals: Sequence[User]
    roles: dict[UUID, set[tuple[str, str]]]
    # Roles for which the actor lacks the second factor that they need; "" stands for their own.
    closed: frozenset[str]

    @classmethod
    def of(cls, actor: User) -> Signer:
        principals = queries.principals_of(actor)
        roles: dict[UUID, set[tuple[str, str]]] = {one.pk: set() for one in principals}
        groups = Group.objects.filter(user__in=principals, name__contains="@")
        for key, name in groups.values_list("user", "name"):
            role, _at, slug = name.partition("@")
            roles[key].add((role, slug))
        return cls(actor, principals, roles, _closed(actor))

    def held(self, principal: User, process: str | None) -> set[str]:
        """A principal's roles in a process; where it is None, in any."""
        pairs = self.roles[principal.pk]
        return {role for role, slug in pairs if process is None or slug == process}

    def is_concerned(self, approval: Approval) -> bool:
        """Whether the actor, or who lets them sign, holds a role whose signature it needs."""
        return any(
            self.held(one, approval.process_id) & set(approval.roles) for one in self.principals
        )


def ways(approval: Approval, signer: Signer) -> tuple[list[Way], str]:
    """The signatures that somebody may give now; where there are none, why not in a sentence."""
    found, why = [], ""
    for principal in signer.principals:
        try:
            found.append(Way(principal, _role(approval, signer, principal)))
        except NotAllowed as error:
            why = why or str(error)
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
