"""A version in shadow, beside the champion: it answers a share of the items, and nobody acts on it.

That needs no approval, for it is how the evidence for one is gathered; what acts still does. But
items leave for an endpoint that the contract does not name only once its version is approved.
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from governance.approvals import queries as approvals
from governance.approvals.models import Approval
from governance.catalogue import providers, queries
from governance.catalogue.models import Deployment, ModelVersion
from governance.contracts.agreement import agreement_of
from governance.contracts.models import Process
from governance.errors import Conflict, InvalidInput, NotApproved
from governance.ledger import operations as ledger

MOST = 3  # shadows of a process at once
MOST_A_DAY = 100_000


@transaction.atomic
def begin(version: ModelVersion, *, share: float, daily_limit: int, actor: str) -> Deployment:
    """Let a version answer beside the champion.

    share is how likely it is, from above 0 to 1, that an item is drawn; daily_limit is how many
    items are drawn on one day (UTC) at most. Neither changes: another share is another deployment,
    so that each pair was drawn with a known probability. Raises InvalidInput for either out of
    range, a provider that settings do not name, or an endpoint's version of other settings or
    another prompt than it is asked with; Conflict where the version serves or is a shadow already,
    or MOST are; and NotApproved as may_be_asked says.
    """
    process = version.model.process_id
    contract_id = Process.objects.select_for_update().get(pk=process).contract_id
    require_range(share=share, daily_limit=daily_limit)
    if version.provider not in settings.PROVIDERS:
        message = f"settings name no provider {version.provider}"
        raise InvalidInput("This cannot be a shadow.", {"version": message})
    champion = queries.champion(process)
    if champion is not None and champion.pk == version.pk:
        raise Conflict("This version serves already; a shadow is another one.")
    current = queries.shadows(process)
    if any(one.version_id == version.pk for one in current):
        raise Conflict("This version is a shadow already.")
    if len(current) >= MOST:
        raise Conflict(f"{MOST} versions are shadows already; end one first.")
    if contract_id is None:
        raise Conflict("This process has no contract yet.")
    if not providers.is_as_registered(version, agreement_of(contract_id)):
        raise InvalidInput(
            "This version was frozen with another prompt or other settings than it would be asked "
            "with now.",
            {"version": "choose the endpoint as it is set up now"},
        )
    if not may_be_asked(version, contract_id):
        raise NotApproved(
            "The contract does not name this endpoint, so that it gets items only once this "
            "version of it is approved."
        )
    made = Deployment.objects.create(
        process_id=process,
        version=version,
        role=Deployment.Role.SHADOW,
        since=timezone.now(),
        share=share,
        daily_limit=daily_limit,
    )
    ledger.append(
        "model.shadowed",
        process=process,
        actor=actor,
        data={
            "deployment": str(made.pk),
            "version": str(version.pk),
            "digest": version.digest,
            "role": made.role,
            "share": share,
            "daily_limit": daily_limit,
        },
    )
    return made


def require_range(*, share: float, daily_limit: int) -> None:
    """Raises InvalidInput for a share or a limit out of range."""
    wrong = {}
    if not 0 < share <= 1:
        wrong["share"] = "must be above 0 and at most 1"
    if not 1 <= daily_limit <= MOST_A_DAY:
        wrong["daily_limit"] = f"must be 1 to {MOST_A_DAY}"
    if wrong:
        raise InvalidInput("This cannot be a shadow.", wrong)


def may_be_asked(version: ModelVersion, contract_id: UUID) -> bool:
    """Whether items of a contract may be handed to a version: its model is here, the contract names
    its provider, or it is approved. Its model comes with it."""
    if providers.is_local(version.provider):
        return True
    if version.provider in providers.named_by(agreement_of(contract_id)):
        return True
    kinds = [Approval.Kind.VERSION]
    return approvals.in_force(version.model.process_id, kinds, version.digest) is not None


def begin_by_id(
    *, process: str, version_id: UUID, share: float, daily_limit: int, actor: str
) -> Deployment:
    """The same for a version of this process by its id; raises InvalidInput for any other."""
    version = ModelVersion.objects.select_related("model").filter(pk=version_id).first()
    if version is None or version.model.process_id != process:
        raise InvalidInput("There is no such version.", {"version": "of this process"})
    return begin(version, share=share, daily_limit=daily_limit, actor=actor)


@transaction.atomic
def end_by_id(*, process: str, deployment_id: UUID, actor: str) -> Deployment:
    """End a shadow by its id. Raises Deployment.DoesNotExist, and Conflict where it is over."""
    Process.objects.select_for_update().get(pk=process)
    one = Deployment.objects.select_related("version__model").get(
        pk=deployment_id, process_id=process, role=Deployment.Role.SHADOW
    )
    if one.until is not None:
        raise Conflict("This shadow is ended already.")
    end(one, actor=actor)
    return one


def end(shadow: Deployment, *, actor: str, why: str = "") -> None:
    """End a shadow; the caller holds the lock of its process. What was answered is kept."""
    shadow.until = timezone.now()
    shadow.save(update_fields=["until"])
    ledger.append(
        "model.shadow_ended",
        process=shadow.process_id,
        actor=actor,
        data={
            "deployment": str(shadow.pk),
            "version": str(shadow.version_id),
            "digest": shadow.version.digest,
            "why": why,
        },
    )


def end_of(version: ModelVersion, *, actor: str, why: str) -> None:
    """End the shadow that a version is, if it is one; the caller holds the lock of its process."""
    for one in queries.shadows(version.model.process_id):
        if one.version_id == version.pk:
            end(one, actor=actor, why=why)
