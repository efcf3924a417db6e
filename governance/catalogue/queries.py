"""Which model versions there are and which of them serve."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from governance.approvals.models import Approval
from governance.catalogue.models import Deployment, ModelVersion


def champion(process: str) -> ModelVersion | None:
    """The version whose candidates count for a process, None while there is none."""
    deployment = (
        Deployment.objects.select_related("version__model")
        .filter(process_id=process, role=Deployment.Role.CHAMPION, until__isnull=True)
        .first()
    )
    return deployment.version if deployment else None


def shadows(process: str) -> list[Deployment]:
    """What answers beside the champion now, the oldest first, with version and model."""
    return list(
        Deployment.objects.filter(
            process_id=process, role=Deployment.Role.SHADOW, until__isnull=True
        )
        .select_related("version__model")
        .order_by("since", "pk")
    )


def latest(process: str, provider: str) -> ModelVersion | None:
    """The newest version of a process from a provider."""
    versions = ModelVersion.objects.filter(model__process_id=process, provider=provider)
    return versions.order_by("-created_at", "-number").first()


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a version is approved; level is good, warn, bad or none, until the approval's end."""

    text: str
    level: str
    until: datetime | None = None


def listed(processes: Collection[str]) -> list[ModelVersion]:
    """Of each model the newest version and what serves, with model and process, by name."""
    versions = ModelVersion.objects.filter(model__process__in=processes)
    newest = versions.order_by("model", "-number").distinct("model").values("pk")
    serving = Deployment.objects.filter(process__in=processes, until__isnull=True)
    return list(
        versions.filter(Q(pk__in=newest) | Q(pk__in=serving.values("version")))
        .select_related("model__process")
        .order_by("model__process", "model__name", "-number")
    )


def serving(processes: Collection[str]) -> dict[UUID, Deployment]:
    """What serves now, by version; as champion where a version serves in both roles."""
    now = Deployment.objects.filter(process__in=processes, until__isnull=True)
    return {one.version_id: one for one in now.order_by("-role")}


def standings(versions: Collection[ModelVersion]) -> dict[UUID, Standing]:
    """Whether each version is approved in its process now, in one statement."""
    asked: dict[tuple[str | None, str], list[Approval]] = defaultdict(list)
    found = Approval.objects.filter(
        Q(process__in={one.model.process_id for one in versions}) | Q(process__isnull=True),
        kind=Approval.Kind.VERSION,
        digest__in={one.digest for one in versions},
    )
    for approval in found.order_by("-requested_at").defer("before", "after"):
        asked[approval.process_id, approval.digest].append(approval)
    now = timezone.now()
    return {
        one.pk: _standing(asked[one.model.process_id, one.digest] + asked[None, one.digest], now)
        for one in versions
    }


def _standing(approvals: list[Approval], now: datetime) -> Standing:
    """From the requests for one digest, the newest first."""
    ends = [
        one.valid_until
        for one in approvals
        if one.state == Approval.State.GRANTED and one.valid_until and one.valid_until > now
    ]
    if ends:
        return Standing("approved", "good", max(ends))
    if not approvals:
        return Standing("not asked for", "none")
    state = approvals[0].state
    if state == Approval.State.REQUESTED:
        return Standing("waiting for signatures", "warn")
    if state in (Approval.State.GRANTED, Approval.State.LAPSED):
        return Standing("lapsed", "bad", approvals[0].valid_until)
    return Standing(approvals[0].get_state_display(), "bad")
