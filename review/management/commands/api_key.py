"""`manage.py api_key issue|list|revoke`: keys of producers."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from governance.contracts.models import Process
from governance.errors import DomainError
from governance.models import ApiKey
from governance.roles.keys import issue_key, make_producer, revoke_key

ACTOR = "system:api_key"


class Command(BaseCommand):
    help = "Issue, list and revoke producers' API keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        issue = verbs.add_parser("issue", help="a new key; its secret is printed once")
        issue.add_argument("producer")
        issue.add_argument("process")
        issue.add_argument("--read-only", action="store_true")
        issue.add_argument(
            "--personal", action="store_true", help="also reads values labelled personal"
        )
        issue.add_argument("--reason", default="", help="why; --personal needs one")
        issue.add_argument("--days", type=int, help="how long it works; no end without it")
        verbs.add_parser("list")
        revoke = verbs.add_parser("revoke")
        revoke.add_argument("prefix")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['verb']}")(options)
        except DomainError as error:
            raise CommandError(str(error)) from None

    def _issue(self, options: dict[str, Any]) -> None:
        process = Process.objects.filter(pk=options["process"]).first()
        if process is None:
            raise CommandError(f"There is no process {options['process']!r}.")
        days = options["days"]
        if days is not None and not 1 <= days <= 3650:
            raise CommandError("--days is from 1 to 3650.")
        scopes = ["items:read"] if options["read_only"] else ["items:write", "items:read"]
        if options["personal"]:
            scopes.append("items:personal")
        with transaction.atomic():
            _, secret = issue_key(
                actor=ACTOR,
                scopes=scopes,
                producer=make_producer(name=options["producer"], process=process.pk, actor=ACTOR),
                process=process,
                expires_at=timezone.now() + timedelta(days=days) if days else None,
                reason=options["reason"].strip(),
            )
        self.stdout.write(secret)

    def _list(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        for key in ApiKey.objects.select_related("producer", "user").order_by("created_at"):
            state = "live" if key.is_live(now) else "revoked" if key.revoked_at else "expired"
            used = f"{key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never"
            self.stdout.write(
                f"{key.prefix}  {key.owner_name}  {key.process_id or '-'}  {','.join(key.scopes)}  "
                f"{state}  used {used}"
            )

    def _revoke(self, options: dict[str, Any]) -> None:
        key = ApiKey.objects.filter(prefix=options["prefix"]).first()
        if key is None:
            raise CommandError("There is no such key.")
        revoke_key(key_id=key.pk, actor=ACTOR)
        self.stdout.write(f"{key.prefix} revoked")
