"""Giving and taking roles; each leaves an entry in the ledger."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from guardian.models import GroupObjectPermission
from guardian.shortcuts import assign_perm

from governance.contracts.models import Process
from governance.errors import Conflict, NotAllowed
from governance.ledger import operations as ledger
from governance.roles import duties
from governance.roles.models import RoleGrant, User
from governance.roles.roles import PERMISSIONS, Role


def role_group(role: Role, process: Process) -> Group:
    """The group that holds a role in one process, with exactly that role's object permissions."""
    group, created = Group.objects.get_or_create(name=f"{role.value}@{process.slug}")
    if created:
        for codename in sorted(PERMISSIONS[role]):
            assign_perm(f"governance.{codename}", group, process)
    return group


def sync_role_groups(**_: object) -> None:
    """After a migration: give groups made earlier what their roles may do by now."""
    for group in Group.objects.filter(name__contains="@").order_by("name"):
        name, _at, slug = group.name.partition("@")
        process = Process.objects.filter(pk=slug).first()
        if process is None or name not in {role.value for role in Role}:
            continue
        held = set(
            GroupObjectPermission.objects.filter(group=group, object_pk=slug).values_list(
                "permission__codename", flat=True
            )
        )
        for codename in sorted(PERMISSIONS[Role(name)] - held):
            assign_perm(f"governance.{codename}", group, process)


@transaction.atomic
def grant_role(
    *,
    user: User,
    role: Role,
    process: Process,
    actor: str,
    until: datetime | None = None,
    reason: str = "",
) -> bool:
    """Give a person a role in one process, for good or `until`; whether they did not hold it.

    A role that is held already stays as it is, end and reason included. Raises NotAllowed where
    the actor is that person, and Conflict where they hold a role there that nobody may hold beside
    this one.
    """
    _not_oneself(user, actor)
    # The trigger on memberships takes the same lock, so that two grants at once see one another.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    group = role_group(role, process)
    held = roles_held(user, process)
    if role in held:
        return False
    clashing = duties.against(role, held)
    if clashing is not None:
        raise Conflict(f"One person may not be {role.label} and {clashing.label} in one process.")
    now = timezone.now()
    # A membership that was removed by other means left its record open.
    _open_grants(user, role, process).update(ended_at=now)
    RoleGrant.objects.create(
        user=user,
        role=role.value,
        process=process,
        since=now,
        until=until,
        reason=reason,
        granted_by_id=person_of(actor),
    )
    user.groups.add(group)
    data = {"user": str(user.pk), "role": role.value}
    if until is not None:
        data["until"] = until.isoformat()
    ledger.append("role.granted", process=process.slug, actor=actor, data=data)
    return True


@transaction.atomic
def revoke_role(*, user: User, role: Role, process: Process, actor: str, reason: str = "") -> bool:
    """Take a role back, which stops working with the next request; whether it was held.

    Raises NotAllowed for one's own.
    """
    _not_oneself(user, actor)
    held = _take(user, role, process, ended_by=person_of(actor), reason=reason)
    if held:
        ledger.append(
            "role.revoked",
            process=process.slug,
            actor=actor,
            data={"user": str(user.pk), "role": role.value},
        )
    return held


def end_due() -> int:
    """End what was given until now; returns how many. Each in a transaction of its own."""
    due = RoleGrant.objects.filter(ended_at__isnull=True, until__lte=timezone.now())
    return sum(_end(grant_id) for grant_id in list(due.values_list("pk", flat=True)[:1000]))


@transaction.atomic
def _end(grant_id: UUID) -> bool:
    waiting = RoleGrant.objects.select_for_update(skip_locked=True, of=("self",))
    grant = (
        waiting.filter(pk=grant_id, ended_at__isnull=True).select_related("user", "process").first()
    )
    if grant is None:
        return False
    _take(grant.user, Role(grant.role), grant.process, ended_by=None)
    ledger.append(
        "role.ended",
        process=grant.process_id,
        actor="system:end_roles",
        data={"user": str(grant.user_id), "role": grant.role},
    )
    return True


def _take(
    user: User, role: Role, process: Process, *, ended_by: UUID | None, reason: str = ""
) -> bool:
    """Whether the person held the role; it and its record end either way."""
    group = role_group(role, process)
    _open_grants(user, role, process).update(
        ended_at=timezone.now(), ended_by_id=ended_by, end_reason=reason
    )
    held = user.groups.filter(pk=group.pk).exists()
    user.groups.remove(group)
    return held


def _open_grants(user: User, role: Role, process: Process) -> QuerySet[RoleGrant]:
    return RoleGrant.objects.filter(
        user=user, role=role.value, process=process, ended_at__isnull=True
    )


def roles_held(user: User, process: Process) -> list[Role]:
    """The roles of a person in a process."""
    names = user.groups.filter(name__endswith=f"@{process.slug}").values_list("name", flat=True)
    known = {f"{role.value}@{process.slug}": role for role in Role}
    return [known[name] for name in names if name in known]


def person_of(actor: str) -> UUID | None:
    """The person that an actor is; None for a system."""
    kind, _, name = actor.partition(":")
    return UUID(name) if kind == "user" else None


def _not_oneself(user: User, actor: str) -> None:
    if person_of(actor) == user.pk:
        raise NotAllowed("Nobody gives or takes roles of their own.")


def choose_keys(person: User, keys: dict[str, str]) -> None:
    """Keep a person's own keys (action -> key, "" for none), checked by whoever asked for them.

    How somebody works their keyboard is nobody's business later: it leaves no entry.
    """
    person.keys = keys
    person.save(update_fields=["keys"])
