"""The requests for each kind of thing: what exactly is signed, and what it is shown beside."""

from __future__ import annotations

from governance.approvals import operations, queries
from governance.approvals.models import Approval
from governance.cards import queries as cards
from governance.catalogue.models import Deployment, ModelVersion
from governance.contracts.agreement import agreement_of
from governance.contracts.models import Contract, Process
from governance.contracts.queries import diff
from governance.errors import InvalidInput
from governance.models import User

_CONTRACT_KINDS = (Approval.Kind.CONTRACT, Approval.Kind.THRESHOLDS)


def for_version(version: ModelVersion, *, actor: User, reason: str) -> Approval:
    """Ask for a model version to be allowed to act alone in its process."""
    process = version.model.process
    serving = (
        Deployment.objects.filter(
            process=process, role=Deployment.Role.CHAMPION, until__isnull=True
        )
        .select_related("version__model")
        .first()
    )
    replaced = serving.version if serving and serving.version_id != version.pk else None
    return operations.request(
        kind=Approval.Kind.VERSION,
        process=process.pk,
        subject=str(version.pk),
        digest=version.digest,
        title=f"{version.model.name} v{version.number}",
        risk=_risk(process),
        reason=reason,
        actor=actor,
        before=None if replaced is None else _facts(replaced),
        after=_facts(version),
    )


def for_contract(
    contract: Contract, *, actor: User, reason: str, author: User | None = None
) -> Approval:
    """Ask for a contract; one that differs from the last approved in bands alone is thresholds."""
    previous = last_approved(contract)
    changes = [] if previous is None else diff(previous.body, contract.body)
    only_bands = bool(changes) and all(line.startswith("confidence") for line in changes)
    kind = Approval.Kind.THRESHOLDS if only_bands else Approval.Kind.CONTRACT
    return operations.request(
        kind=kind,
        process=contract.process_id,
        subject=str(contract.pk),
        digest=contract.digest,
        title=f"{contract.process.title}, contract {contract.number}",
        risk=agreement_of(contract.pk).risk,
        reason=reason,
        actor=actor,
        author=author,
        before=None if previous is None else previous.body,
        after=contract.body,
    )


def for_stage(process: Process, stage: str, *, actor: User, reason: str) -> Approval:
    """Ask for a process to go up to a stage in which it acts alone."""
    if stage not in queries.ACTING_STAGES:
        raise InvalidInput("Only partial and full need an approval.", {"stage": "partial or full"})
    return operations.request(
        kind=Approval.Kind.STAGE,
        process=process.pk,
        subject=stage,
        digest=queries.stage_digest(process.pk, stage),
        title=f"{process.title} to stage {stage}",
        risk=_risk(process),
        reason=reason,
        actor=actor,
        before={"stage": process.stage},
        after={"stage": stage},
    )


def last_approved(contract: Contract) -> Contract | None:
    """The newest earlier version of this contract that was approved."""
    earlier = Contract.objects.filter(process=contract.process_id, number__lt=contract.number)
    approved = Approval.objects.filter(
        process=contract.process_id, kind__in=_CONTRACT_KINDS, granted_at__isnull=False
    ).values_list("digest", flat=True)
    return earlier.filter(digest__in=list(approved)).order_by("-number").first()


def _risk(process: Process) -> str:
    return agreement_of(process.contract_id).risk if process.contract_id else "high"


def _facts(version: ModelVersion) -> dict[str, object]:
    return {
        "model": version.model.name,
        "number": version.number,
        "provider": version.provider,
        "digest": version.digest,
        "config": version.config,
        "report": version.report,
        "card": cards.summary(version),
    }
