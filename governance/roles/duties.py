"""Separation of duties: pairs of roles that one person may not hold in one process."""

from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from governance.roles.models import Duty
from governance.roles.roles import Role


def pairs() -> frozenset[frozenset[Role]]:
    """What SEPARATE_DUTIES says. Raises ImproperlyConfigured for what is no pair of two roles."""
    found = set()
    for text in settings.SEPARATE_DUTIES:
        names = text.split("/")
        try:
            pair = frozenset(Role(name.strip()) for name in names)
        except ValueError as error:
            raise ImproperlyConfigured(f"SEPARATE_DUTIES: {error}.") from None
        if len(names) != 2 or len(pair) != 2:
            raise ImproperlyConfigured(f"SEPARATE_DUTIES: {text!r} is no pair of two roles.")
        found.add(pair)
    return frozenset(found)


def against(role: Role, held: Iterable[Role]) -> Role | None:
    """The first role of `held`, by name, that nobody may hold beside `role`; None if none is."""
    separate = pairs()
    clashing = (one for one in sorted(held) if frozenset({role, one}) in separate)
    return next(clashing, None)


def barred(role: str, held: Iterable[str]) -> Role | None:
    """As against, for roles as groups name them; what is no role of these clashes with nothing."""
    known = {one.value for one in Role}
    if role not in known:
        return None
    return against(Role(role), [Role(one) for one in held if one in known])


def sync() -> None:
    """Let the database's trigger enforce what the setting says by now."""
    wanted = {tuple(sorted(role.value for role in pair)) for pair in pairs()}
    for duty in Duty.objects.all():
        pair = (duty.first, duty.second)
        if pair not in wanted:
            duty.delete()
        wanted.discard(pair)
    Duty.objects.bulk_create(
        [Duty(first=first, second=second) for first, second in sorted(wanted)],
        ignore_conflicts=True,
    )
