"""Items whose labelled values lie in clear: how many there are, and encrypting them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from review.vaulting import operations


class Command(BaseCommand):
    help = "Encrypt the labelled values of items that came in before there was a vault."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["status", "encrypt"])

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "status":
            self.stdout.write(f"{operations.in_clear()} items have labelled values in clear.")
            return
        done = operations.encrypt_all(
            lambda progress: self.stderr.write(f"{progress.encrypted} items encrypted")
        )
        self.stdout.write(
            f"{done.encrypted} items encrypted; {done.held} are kept as they are by a legal hold."
        )
