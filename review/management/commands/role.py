"""`manage.py role grant|revoke|list`: who may do what in which process."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from governance.contracts.models import Process
from governance.errors import DomainError
from governance.models import RoleGrant, User
from governance.roles.keys import MAX_REASON
from governance.roles.operations import grant_role, revoke_role
from governance.roles.roles import Role

ACTOR = "system:role"


class Command(BaseCommand):
    help = "Grant, revoke and list people's roles in processes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb in ("grant", "revoke"):
            one = verbs.add_parser(verb)
            one.add_argument("username")
            one.add_argument("role", choices=[role.value for role in Role])
            one.add_argument("process")
            one.add_argument("--reason", type=_reason, default="", help="kept with the grant")
            if verb == "grant":
                one.add_argument(
                    "--until", type=_later, help="when it ends by itself, such as 2027-03-31T18:00Z"
                )
        listing = verbs.add_parser("list", help="roles held, until when and why")
        listing.add_argument("process", nargs="?")
        listing.add_argument("--ended", action="store_true", help="grants that ended instead")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "list":
            (self._ended if options["ended"] else self._held)(options["process"])
            return
        user = User.objects.filter(username=options["username"]).first()
        process = Process.objects.filter(pk=options["process"]).first()
        if user is None:
            raise CommandError(f"There is nobody called {options['username']!r}.")
        if process is None:
            raise CommandError(f"There is no process {options['process']!r}.")
        try:
            self._change(user, Role(options["role"]), process, options)
        except DomainError as error:
            raise CommandError(str(error)) from None

    def _change(self, user: User, role: Role, process: Process, options: dict[str, Any]) -> None:
        given: dict[str, Any] = {"user": user, "role": role, "process": process, "actor": ACTOR}
        given["reason"] = options["reason"]
        who = f"{user.username} {{}} {role.value} of {process.pk}"
        if options["verb"] == "revoke":
            held = revoke_role(**given)
            self.stdout.write(who.format("is no longer" if held else "was not") + ".")
            return
        until = options["until"]
        if grant_role(**given, until=until):
            self.stdout.write(
                who.format("is now") + (f" until {until.isoformat()}." if until else ".")
            )
        elif until or options["reason"]:
            raise CommandError(
                who.format("is already")
                + "; revoke it before it is given for another time or reason."
            )
        else:
            self.stdout.write(who.format("is already") + ".")

    def _held(self, process: str | None) -> None:
        grants = {
            (one.user_id, one.role, one.process_id): one
            for one in RoleGrant.objects.filter(ended_at__isnull=True)
        }
        held = User.objects.filter(groups__name__contains="@").order_by("groups__name", "username")
        for key, username, group in held.values_list("pk", "username", "groups__name"):
            role, _, slug = group.partition("@")
            if process in (None, slug):
                grant = grants.get((key, role, slug))
                self.stdout.write(f"{slug}  {role}  {username}{_told(grant)}")

    def _ended(self, process: str | None) -> None:
        ended = RoleGrant.objects.filter(ended_at__isnull=False).select_related("user")
        if process is not None:
            ended = ended.filter(process=process)
        for one in ended.order_by("process_id", "role", "ended_at"):
            why = f"  ({one.end_reason})" if one.end_reason else ""
            self.stdout.write(
                f"{one.process_id}  {one.role}  {one.user.username}{_told(one)}  "
                f"ended {one.ended_at:%Y-%m-%dT%H:%MZ}{why}"
            )


def _told(grant: RoleGrant | None) -> str:
    if grant is None:
        return ""
    until = f"until {grant.until:%Y-%m-%dT%H:%MZ}" if grant.until else "no end"
    return f"  since {grant.since:%Y-%m-%d}  {until}" + (
        f"  ({grant.reason})" if grant.reason else ""
    )


def _later(text: str) -> datetime:
    """An instant to come; UTC where it names no time zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no instant such as 2027-03-31T18:00Z") from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if at <= timezone.now():
        raise ArgumentTypeError(f"{text!r} lies in the past")
    return at.astimezone(UTC)


def _reason(text: str) -> str:
    text = text.strip()
    if len(text) > MAX_REASON:
        raise ArgumentTypeError(f"at most {MAX_REASON} characters")
    return text
