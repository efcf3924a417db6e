"""`manage.py master_key`: a new key for MASTER_KEY, printed and kept nowhere."""

from typing import Any

from django.core.management.base import BaseCommand

from integrations.encryption.keys import new_entry


class Command(BaseCommand):
    help = "Print a new master key for the environment variable MASTER_KEY or its file."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(new_entry())
