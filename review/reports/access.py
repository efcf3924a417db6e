"""Access: who holds what, what was given and taken, and which keys are live."""

from django.contrib.auth.models import Group
from django.db.models import Q

from governance.models import ApiKey, User
from governance.roles.roles import Role
from review.reports.entries import entries
from review.reports.model import MOST_ROWS, Scope, Table
from review.reports.saying import moment, names_of

_SAID = {"role.granted": "given", "role.revoked": "taken", "role.ended": "ended by itself"}


def tables(scope: Scope) -> list[Table]:
    return [_holders(scope), _changes(scope), _keys(scope)]


def _holders(scope: Scope) -> Table:
    groups = [f"{role.value}@{slug}" for slug in scope.processes for role in Role]
    held = (
        Group.objects.filter(name__in=groups, user__isnull=False)
        .order_by("name")
        .values_list("name", "user__pk")
    )
    people = {user.pk: user for user in User.objects.filter(pk__in={key for _, key in held})}
    rows = []
    for name, key in held:
        role, _, slug = name.partition("@")
        person = people[key]
        last = moment(person.last_login) if person.last_login else "never"
        state = "active" if person.is_active else "may not sign in"
        rows.append((slug, Role(role).label, person.display_name, state, last))
    rows.sort()
    columns = ("Process", "Role", "Person", "State", "Last signed in")
    note = "Who holds roles as the report is made."
    return Table("Roles held", columns, rows[:MOST_ROWS], note, is_cut=len(rows) > MOST_ROWS)


def _changes(scope: Scope) -> Table:
    found, is_cut = entries(scope, tuple(_SAID))
    users = [f"user:{entry.data['user']}" for entry in found]
    names = names_of([*users, *(entry.actor for entry in found)])
    rows = [
        (
            moment(entry.at),
            entry.process or "",
            Role(entry.data["role"]).label,
            names[f"user:{entry.data['user']}"],
            _SAID[entry.kind],
            names[entry.actor],
        )
        for entry in found
    ]
    columns = ("When", "Process", "Role", "Person", "Was", "By")
    return Table("Roles given and taken", columns, rows, is_cut=is_cut)


def _keys(scope: Scope) -> Table:
    found = list(
        ApiKey.objects.filter(
            Q(process__in=scope.processes) | Q(process__isnull=True, user__isnull=False),
            Q(revoked_at__isnull=True) | Q(revoked_at__gte=scope.since),
            created_at__lt=scope.until,
        )
        .select_related("producer", "user")
        .order_by("process_id", "created_at")[: MOST_ROWS + 1]
    )
    rows = [
        (
            key.process_id or "all of the person's",
            f"{key.prefix}…",
            key.owner_name,
            "; ".join(str(ApiKey.Scope(scope).label) for scope in key.scopes),
            key.reason,
            moment(key.created_at),
            moment(key.last_used_at) if key.last_used_at else "never",
            _state(key),
        )
        for key in found[:MOST_ROWS]
    ]
    columns = ("Process", "Key", "Of", "May", "Why", "Made", "Last used", "State")
    return Table("Keys for the API", columns, rows, is_cut=len(found) > MOST_ROWS)


def _state(key: ApiKey) -> str:
    if key.revoked_at:
        return f"revoked {moment(key.revoked_at)}"
    return f"until {moment(key.expires_at)}" if key.expires_at else "live"
