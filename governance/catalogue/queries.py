"""Which model versions there are and which of them serve."""

from __future__ import annotations

from governance.catalogue.models import Deployment, ModelVersion


def champion(process: str) -> ModelVersion | None:
    """The version whose candidates count for a process, None while there is none."""
    deployment = (
        Deployment.objects.select_related("version__model")
        .filter(process_id=process, role=Deployment.Role.CHAMPION, until__isnull=True)
        .first()
    )
    return deployment.version if deployment else None


def latest(process: str, provider: str) -> ModelVersion | None:
    """The newest version of a process from a provider."""
    versions = ModelVersion.objects.filter(model__process_id=process, provider=provider)
    return versions.order_by("-created_at", "-number").first()
