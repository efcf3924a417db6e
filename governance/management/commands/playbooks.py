"""`manage.py playbooks`: take in the playbooks that are shipped, and list what there is."""

from typing import Any

from django.core.management.base import BaseCommand

from governance.incidents import playbooks


class Command(BaseCommand):
    help = "Take in the shipped playbooks that are not there yet; list the newest of each."

    def handle(self, *args: Any, **options: Any) -> None:
        for one in playbooks.install(actor="system:playbooks"):
            self.stdout.write(f"Taken in: {one}")
        for one in playbooks.newest():
            self.stdout.write(f"{one.slug} v{one.number}, {len(one.steps)} steps")
