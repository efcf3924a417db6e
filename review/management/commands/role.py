"""`manage.py role grant|revoke|list`: who may do what in which process."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance.contracts.models import Process
from governance.models import User
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
        listing = verbs.add_parser("list")
        listing.add_argument("process", nargs="?")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "list":
            self._list(options["process"])
            return
        user = User.objects.filter(username=options["username"]).first()
        process = Process.objects.filter(pk=options["process"]).first()
        if user is None:
            raise CommandError(f"There is nobody called {options['username']!r}.")
        if process is None:
            raise CommandError(f"There is no process {options['process']!r}.")
        change = grant_role if options["verb"] == "grant" else revoke_role
        change(user=user, role=Role(options["role"]), process=process, actor=ACTOR)
        done = "is now" if options["verb"] == "grant" else "is no longer"
        self.stdout.write(f"{user.username} {done} {options['role']} of {process.pk}.")

    def _list(self, process: str | None) -> None:
        held = User.objects.filter(groups__name__contains="@").order_by("groups__name", "username")
        for username, group in held.values_list("username", "groups__name"):
            role, _, slug = group.partition("@")
            if process in (None, slug):
                self.stdout.write(f"{slug}  {role}  {username}")
