from django.apps import AppConfig
from django.db.models.signals import post_migrate


class GovernanceConfig(AppConfig):
    name = "governance"

    def ready(self) -> None:
        from governance.ledger.grants import grant_rights

        post_migrate.connect(grant_rights, sender=self, dispatch_uid="ledger-rights")
