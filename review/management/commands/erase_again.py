"""`manage.py erase_again`: after a restore, ask again for what receipts say was erased since."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.errors import DomainError
from governance.models import User
from review.erasure import operations
from review.models import ErasureRequest, Item


class Command(BaseCommand):
    help = "Ask again for the erasure of items that a restored backup brought back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("receipts", nargs="+", type=Path, help="receipts as JSON")
        parser.add_argument("--as", dest="username", required=True, help="who asks")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = User.objects.filter(username=options["username"], is_active=True).first()
        if actor is None:
            raise CommandError("There is no such person.")
        for path in options["receipts"]:
            try:
                receipt = json.loads(path.read_text(encoding="utf-8"))
                wanted = [UUID(one["item"]) for one in receipt["items"] if one["state"] == "done"]
                reference = f"{receipt['reference']} (again)"[-80:]
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise CommandError(f"{path} is no receipt: {error}") from None
            if receipt["parts"] != ["item"]:
                self.stdout.write(f"{path}: by retention, which finds it again by itself")
                continue
            self._ask(path, wanted, actor, reference)

    def _ask(self, path: Path, wanted: list[UUID], actor: User, reference: str) -> None:
        back = list(
            Item.objects.filter(pk__in=wanted, erased_at__isnull=True).values_list("pk", flat=True)
        )
        if not back:
            self.stdout.write(f"{path}: nothing of it is back")
            return
        try:
            made = operations.request(
                item_ids=back,
                actor=actor,
                origin=ErasureRequest.Origin.ITEM,
                basis=ErasureRequest.Basis.OBLIGATION,
                reference=reference,
                ends_work=True,
            )
        except DomainError as error:
            raise CommandError(f"{path}: {error}") from None
        self.stdout.write(f"{path}: {len(back)} asked for again, request {made.pk}")
