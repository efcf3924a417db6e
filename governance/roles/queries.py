"""What a person may do, and whose key this is."""

import hashlib
import hmac
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone
from guardian.models import UserObjectPermission

from governance.roles.models import ApiKey, RoleGrant, User
from governance.roles.roles import Role
from governance.rows import Rows

_RIGHTS_SQL = """
    SELECT o.object_pk, p.codename
    FROM governance_user_groups ug
    JOIN guardian_groupobjectpermission o ON o.group_id = ug.group_id
    JOIN auth_permission p ON p.id = o.permission_id
    JOIN django_content_type c ON c.id = o.content_type_id
    WHERE ug.user_id = %s AND c.app_label = 'governance' AND c.model = 'process'
    UNION
    SELECT o.object_pk, p.codename
    FROM guardian_userobjectpermission o
    JOIN auth_permission p ON p.id = o.permission_id
    JOIN django_content_type c ON c.id = o.content_type_id
    WHERE o.user_id = %s AND c.app_label = 'governance' AND c.model = 'process'
"""

_USERS = Rows(User, "u")
_PERSON_SQL = f"""
    SELECT {_USERS.columns},
           ARRAY(SELECT coalesce(p.slug || ' ' || p.title, '* ') FROM governance_halt h
                 LEFT JOIN governance_process p ON p.slug = h.process_id WHERE h.until IS NULL),
           ARRAY(SELECT r.object_pk || ' ' || r.codename FROM ({_RIGHTS_SQL}) r),
           ARRAY(SELECT s.id || ' ' || extract(epoch FROM s.seen_at)
                 FROM governance_personsession s WHERE s.user_id = u.id),
           ARRAY(SELECT DISTINCT split_part(g.name, '@', 1) FROM governance_user_groups ug
                 JOIN auth_group g ON g.id = ug.group_id
                 WHERE ug.user_id = u.id AND g.name LIKE '%%@%%'),
           EXISTS(SELECT 1 FROM mfa_authenticator a
                  WHERE a.user_id = u.id AND a.type IN ('totp', 'webauthn'))
    FROM governance_user u WHERE u.id = %s
"""  # noqa: S608


def person_with_rights(user_id: UUID) -> User | None:
    """A person with all that is `loaded_` with them, among it what rights_of would say, at once."""
    with connection.cursor() as cursor:
        cursor.execute(_PERSON_SQL, [user_id, user_id, user_id])
        row = cursor.fetchone()
    if row is None:
        return None
    user = _USERS.read(row[:-5])
    halts, rights, open_sessions, roles, has_factor = row[-5:]
    halted = (one.partition(" ") for one in sorted(halts))
    user.loaded_halts = {slug: title for slug, _space, title in halted}
    pairs = (pair.split(" ", 1) for pair in rights)
    user.loaded_rights = frozenset((slug, codename) for slug, codename in pairs)
    pairs = (pair.split(" ", 1) for pair in open_sessions)
    user.loaded_sessions = {one: datetime.fromtimestamp(float(at), UTC) for one, at in pairs}
    user.loaded_roles, user.loaded_factor = frozenset(roles), has_factor
    return user


def rights_of(user_id: UUID) -> frozenset[tuple[str, str]]:
    """All (process slug, permission codename) pairs of a person, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_RIGHTS_SQL, [user_id, user_id])
        return frozenset(cursor.fetchall())


def key_for(secret: str) -> ApiKey | None:
    """The live key with this secret, compared in constant time; None if there is none."""
    prefix = "_".join(secret.split("_", 2)[:2])
    key = ApiKey.objects.select_related("producer", "user", "process").filter(prefix=prefix).first()
    if key is None:
        return None
    digest = hashlib.sha256(secret.encode()).digest()
    if not hmac.compare_digest(digest, bytes(key.secret_sha256)):
        return None
    now = timezone.now()
    if key.revoked_at or (key.expires_at and key.expires_at <= now):
        return None
    if key.producer and not key.producer.is_active:
        return None
    if key.user and not key.user.is_active:
        return None
    return key


_PEOPLE_SQL = """
    SELECT ug.user_id FROM governance_user_groups ug
    JOIN guardian_groupobjectpermission o ON o.group_id = ug.group_id
    JOIN auth_permission p ON p.id = o.permission_id
    JOIN django_content_type c ON c.id = o.content_type_id
    WHERE o.object_pk = %s AND p.codename = ANY(%s)
      AND c.app_label = 'governance' AND c.model = 'process'
    UNION
    SELECT o.user_id FROM guardian_userobjectpermission o
    JOIN auth_permission p ON p.id = o.permission_id
    JOIN django_content_type c ON c.id = o.content_type_id
    WHERE o.object_pk = %s AND p.codename = ANY(%s)
      AND c.app_label = 'governance' AND c.model = 'process'
"""


def people_who_may(process: str, *codenames: str) -> list[User]:
    """The active people who hold any of these rights in a process, by name."""
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE_SQL, [process, list(codenames), process, list(codenames)])
        ids = [row[0] for row in cursor.fetchall()]
    return list(User.objects.filter(pk__in=ids, is_active=True).order_by("first_name", "username"))


def people_in_role(process: str, role: str) -> list[User]:
    """The active people who were given a role in a process, by name."""
    group = f"{role}@{process}"
    people = User.objects.filter(groups__name=group, is_active=True)
    return list(people.order_by("first_name", "username"))


def people_in_any(role: str) -> list[User]:
    """The active people who were given a role in any process, by name."""
    people = User.objects.filter(groups__name__startswith=f"{role}@", is_active=True)
    return list(people.distinct().order_by("first_name", "username"))


def roles_in(process: str) -> list[tuple[User, Role]]:
    """Who holds which role in a process, by name and role; also people who are deactivated."""
    known = {f"{role.value}@{process}": role for role in Role}
    memberships = User.groups.through.objects.filter(group__name__in=known)
    found = memberships.select_related("user", "group").order_by(
        "user__first_name", "user__username", "group__name"
    )
    return [(one.user, known[one.group.name]) for one in found]


def open_grants(process: str) -> dict[tuple[UUID, str], RoleGrant]:
    """The records of the roles that are held in a process, by person and role."""
    grants = RoleGrant.objects.filter(process_id=process, ended_at__isnull=True)
    return {(one.user_id, one.role): one for one in grants.select_related("granted_by")}


def direct_rights(process: str) -> list[tuple[User, str]]:
    """Rights in a process that people hold without a role, by name and right."""
    found = UserObjectPermission.objects.filter(
        object_pk=process,
        content_type__app_label="governance",
        content_type__model="process",
    ).select_related("user", "permission")
    return [
        (one.user, one.permission.codename)
        for one in found.order_by("user__first_name", "user__username", "permission__codename")
    ]
