from django.apps import AppConfig
from django.db.models.signals import post_migrate


class GovernanceConfig(AppConfig):
    name = "governance"

    def ready(self) -> None:
        from governance.contracts import listcheck  # noqa: F401  # registers
        from governance.ledger.grants import grant_rights

        post_migrate.connect(grant_rights, sender=self, dispatch_uid="ledger-rights")
        post_migrate.connect(_sync_roles, dispatch_uid="role-groups")


def _sync_roles(sender: AppConfig, **kwargs: object) -> None:
    """Once the last of our apps has its permissions and tables."""
    if sender.name == "review":
        from governance.roles import duties
        from governance.roles.operations import sync_role_groups

        sync_role_groups()
        duties.sync()
