"""`manage.py api_key issue|list|revoke`: keys of producers."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance.contracts.models import Process
from governance.models import ApiKey, Producer
from governance.roles.operations import issue_key, revoke_key


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
        verbs.add_parser("list")
        revoke = verbs.add_parser("revoke")
        revoke.add_argument("prefix")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['verb']}")(options)

    def _issue(self, options: dict[str, Any]) -> None:
        process = Process.objects.filter(pk=options["process"]).first()
        if process is None:
            raise CommandError(f"There is no process {options['process']!r}.")
        producer, _ = Producer.objects.get_or_create(name=options["producer"])
        scopes = ["items:read"] if options["read_only"] else ["items:write", "items:read"]
        if options["personal"]:
            scopes.append("items:personal")
        _, secret = issue_key(
            actor="system:api_key", scopes=scopes, producer=producer, process=process
        )
        self.stdout.write(secret)

    def _list(self, options: dict[str, Any]) -> None:
        for key in ApiKey.objects.select_related("producer", "user").order_by("created_at"):
            state = "revoked" if key.revoked_at else "live"
            owner = key.producer or key.user
            self.stdout.write(
                f"{key.prefix}  {owner}  {key.process_id or '-'}  {','.join(key.scopes)}  {state}"
            )

    def _revoke(self, options: dict[str, Any]) -> None:
        key = ApiKey.objects.filter(prefix=options["prefix"]).first()
        if key is None:
            raise CommandError("There is no such key.")
        revoke_key(key_id=key.pk, actor="system:api_key")
        self.stdout.write(f"{key.prefix} revoked")
