"""`manage.py master_key`: a new key, or the change from one to the next while everything runs."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.encryption import EncryptionError
from integrations.encryption.keys import new_entry, put_first


class Command(BaseCommand):
    help = (
        "Without an argument: print a new master key for MASTER_KEY or its file. status: how many "
        "data keys each master key wraps. rewrap: wrap all by the first key. rotate: put a new key "
        "first in MASTER_KEY_FILE, then rewrap."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "what", nargs="?", choices=["new", "status", "rewrap", "rotate"], default="new"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['what']}")()
        except EncryptionError as error:
            raise CommandError(str(error)) from None

    def _new(self) -> None:
        self.stdout.write(new_entry())

    def _status(self) -> None:
        from governance.privacy.keyring import master_keys
        from review.rewrapping.operations import by_key

        self.stdout.write(f"in use: {master_keys().current_id}")
        for name, count in sorted(by_key().items()):
            self.stdout.write(f"{name}: {count:,} data keys")

    def _rewrap(self) -> None:
        from review.rewrapping.operations import Progress, rewrap_all

        def report(progress: Progress) -> None:
            self.stdout.write(f"{progress.seen:,} seen, {progress.changed:,} wrapped anew")

        done = rewrap_all(report)
        self.stdout.write(f"Done: {done.changed:,} of {done.seen:,} data keys wrapped anew.")

    def _rotate(self) -> None:
        if settings.MASTER_KEY_BACKEND or settings.MASTER_KEY:
            raise CommandError(
                "The keys do not come from a file: put the new one first where they are kept, "
                "then run `master_key rewrap`."
            )
        name = put_first(settings.MASTER_KEY_FILE)
        self.stdout.write(f"{name} is in use now.")
        self._rewrap()
