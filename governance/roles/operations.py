"""Granting roles and issuing keys; each leaves an entry in the ledger."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone
from guardian.models import GroupObjectPermission
from guardian.shortcuts import assign_perm

from governance.contracts.models import Process
from governance.errors import Conflict
from governance.ledger import operations as ledger
from governance.roles.models import ApiKey, Producer, User
from governance.roles.roles import PERMISSIONS, Role

KEY_PREFIX = "csk_"


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
def grant_role(*, user: User, role: Role, process: Process, actor: str) -> None:
    """Give a person a role in one process; granting twice changes nothing."""
    group = role_group(role, process)
    if user.groups.filter(pk=group.pk).exists():
        return
    user.groups.add(group)
    ledger.append(
        "role.granted",
        process=process.slug,
        actor=actor,
        data={"user": str(user.pk), "role": role.value},
    )


@transaction.atomic
def revoke_role(*, user: User, role: Role, process: Process, actor: str) -> None:
    """Take a role back; it stops working with the next request."""
    group = role_group(role, process)
    if not user.groups.filter(pk=group.pk).exists():
        return
    user.groups.remove(group)
    ledger.append(
        "role.revoked",
        process=process.slug,
        actor=actor,
        data={"user": str(user.pk), "role": role.value},
    )


@transaction.atomic
def issue_key(
    *,
    actor: str,
    scopes: Sequence[str],
    producer: Producer | None = None,
    process: Process | None = None,
    user: User | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is shown once and kept only as a hash.

    Either a producer with its process, or a person (whose own rights then apply).
    """
    prefix = KEY_PREFIX + secrets.token_hex(4)
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        producer=producer,
        process=process,
        user=user,
        scopes=list(scopes),
        prefix=prefix,
        secret_sha256=hashlib.sha256(secret.encode()).digest(),
        expires_at=expires_at,
    )
    ledger.append(
        "api_key.issued",
        process=process.slug if process else None,
        actor=actor,
        data={"key": prefix, "scopes": list(scopes)},
    )
    return key, secret


@transaction.atomic
def revoke_key(*, key_id: UUID, actor: str) -> None:
    """Stop a key for good. Raises Conflict if it already was revoked."""
    changed = ApiKey.objects.filter(pk=key_id, revoked_at__isnull=True).update(
        revoked_at=timezone.now()
    )
    if not changed:
        raise Conflict("This key was already revoked.")
    key = ApiKey.objects.get(pk=key_id)
    ledger.append("api_key.revoked", process=key.process_id, actor=actor, data={"key": key.prefix})


def choose_keys(person: User, keys: dict[str, str]) -> None:
    """Keep a person's own keys (action -> key, "" for none), checked by whoever asked for them.

    How somebody works their keyboard is nobody's business later: it leaves no entry.
    """
    person.keys = keys
    person.save(update_fields=["keys"])
