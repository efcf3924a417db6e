"""`manage.py signin show|lift|end|reset|lift-address`: help with signing in, from the server."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance.errors import DomainError
from governance.models import User
from governance.signin import factors, interventions, sessions, throttle

ACTOR = "system:signin_command"


class Command(BaseCommand):
    help = (
        "show: a person's sessions, second factors and waits. lift: let them try again at once. "
        "end: end their sessions. reset: take their second factors away. lift-address: forget the "
        "failures of an address."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("show").add_argument("username")
        for verb in ("lift", "end", "reset"):
            one = verbs.add_parser(verb)
            one.add_argument("username")
            one.add_argument("--reason", required=True)
        verbs.add_parser("lift-address").add_argument("address")

    def handle(self, *args: Any, **options: Any) -> None:
        verb = options["verb"]
        if verb == "lift-address":
            done = throttle.lift_address(address=options["address"], actor=ACTOR)
            self.stdout.write("Lifted." if done else "Nothing was counted for this address.")
            return
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is nobody called {options['username']!r}.")
        if verb == "show":
            self._show(user)
            return
        asked: dict[str, Any] = {"user": user, "actor": ACTOR, "reason": options["reason"]}
        try:
            if verb == "lift":
                interventions.lift_wait(**asked)
            elif verb == "end":
                interventions.end_sessions(**asked)
            else:
                interventions.reset_factor(**asked)
        except DomainError as error:
            raise CommandError(str(error)) from None
        self.stdout.write("Done.")

    def _show(self, user: User) -> None:
        for one in sessions.open_sessions(user):
            self.stdout.write(f"session: {one.browser} from {one.address}, by {one.method}")
        for factor in factors.of(user):
            self.stdout.write(f"second factor: {factor.type}")
        until = throttle.blocked_until(user)
        self.stdout.write(f"waits until {until.isoformat()}" if until else "does not wait")
