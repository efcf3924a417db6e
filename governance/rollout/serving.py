"""Which version serves: deploying what is approved, and going back to what served before."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance import reasons
from governance.approvals import queries as approvals
from governance.approvals.models import Approval
from governance.catalogue import operations as catalogue
from governance.catalogue import shadowing
from governance.catalogue.models import Deployment, ModelVersion
from governance.contracts.models import Process
from governance.errors import Conflict, InvalidInput, NotApproved
from governance.ledger import operations as ledger
from governance.ledger.models import Entry


@transaction.atomic
def deploy_approved(*, process: str, version_id: UUID, actor: str, reason: str = "") -> Deployment:
    """Let an approved version serve its process. A reason stands in the ledger.

    Raises InvalidInput for a version of another process or a long reason, NotApproved without an
    approval in force, Conflict where it serves already.
    """
    Process.objects.select_for_update().get(pk=process)
    version = ModelVersion.objects.select_related("model").filter(pk=version_id).first()
    if version is None or version.model.process_id != process:
        raise InvalidInput("There is no such version.", {"version": "of this process"})
    if not _is_approved(version):
        raise NotApproved("This version is not approved; ask for an approval first.")
    current = _current(process)
    if current is not None and current.version_id == version.pk:
        raise Conflict("This version serves already.")
    return catalogue.deploy(version, actor=actor, reason=reason)


@transaction.atomic
def roll_back(*, process: str, actor: str, reason: str = "") -> Deployment:
    """Put the last version in place that served before and is still approved.

    What was itself rolled back is passed by, until somebody deploys it again: rolling back twice
    goes further back, not forth. A reason stands in the ledger; none is needed in a hurry. Raises
    Conflict where nothing serves or nothing is left, InvalidInput for a long reason.
    """
    said = reasons.data_of(reason)
    Process.objects.select_for_update().get(pk=process)
    current = _current(process)
    if current is None:
        raise Conflict("No version serves, so there is nothing to roll back.")
    target = rollback_target(process)
    if target is None:
        raise Conflict("No version that served before is approved.")
    current.until = timezone.now()
    current.save(update_fields=["until"])
    shadowing.end_of(target, actor=actor, why="it serves now")
    made = Deployment.objects.create(process_id=process, version=target, since=current.until)
    ledger.append(
        "model.rolled_back",
        process=process,
        actor=actor,
        data={
            "deployment": str(made.pk),
            "version": str(target.pk),
            "digest": target.digest,
            "role": made.role,
            "replaces": str(current.version_id),
            "ended": str(current.pk),
            **said,
        },
    )
    return made


def rollback_target(process: str) -> ModelVersion | None:
    """The version that a roll-back would put in place now; None where there is none."""
    taken_back = set(
        Entry.objects.filter(process=process, kind="model.rolled_back").values_list(
            "data__ended", flat=True
        )
    )
    # The last service of each approved version; of these the latest that is over by itself.
    last = (
        Deployment.objects.filter(
            process_id=process,
            role=Deployment.Role.CHAMPION,
            version__digest__in=approvals.approved_digests(process, [Approval.Kind.VERSION]),
        )
        .select_related("version__model")
        .order_by("version", "-since", "-pk")
        .distinct("version")
    )
    ended = [one for one in last if one.until is not None and str(one.pk) not in taken_back]
    return max(ended, key=lambda one: one.since).version if ended else None


def _current(process: str) -> Deployment | None:
    return Deployment.objects.filter(
        process_id=process, role=Deployment.Role.CHAMPION, until__isnull=True
    ).first()


def _is_approved(version: ModelVersion) -> bool:
    kinds = [Approval.Kind.VERSION]
    return approvals.in_force(version.model.process_id, kinds, version.digest) is not None
