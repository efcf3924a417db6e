"""The requests for each kind of thing: what exactly is signed, and what it is shown beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from governance.approvals import operations, queries, quorum
from governance.approvals.models import Approval
from governance.approvals.queries import Standing
from governance.cards import queries as cards
from governance.catalogue import queries as catalogue
from governance.catalogue.models import ModelVersion
from governance.contracts.agreement import agreement_of
from governance.contracts.models import Contract, Process
from governance.contracts.queries import diff
from governance.errors import InvalidInput
from governance.models import User


@dataclass(frozen=True, slots=True)
class Draft:
    """A request before somebody makes it."""

    kind: Approval.Kind
    process: str
    subject: str
    digest: str
    title: str
    risk: str
    before: Any
    after: Any
    author: User | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        """Whose signatures it takes."""
        return quorum.roles_needed(self.kind, self.risk)

    @property
    def valid_days(self) -> int:
        return quorum.valid_days(self.risk)

    def standing(self) -> Standing:
        """What is in force of exactly this, and the request for it that waits."""
        kinds = queries.alike(self.kind)
        return queries.Standings([self.process]).of(self.process, kinds, [self.digest])

    def ask(self, *, actor: User, reason: str) -> Approval:
        """Make the request; one that is open already is given back. Raises InvalidInput, and
        Conflict for what is approved for longer still."""
        return operations.request(
            kind=self.kind,
            process=self.process,
            subject=self.subject,
            digest=self.digest,
            title=self.title,
            risk=self.risk,
            reason=reason,
            actor=actor,
            author=self.author,
            before=self.before,
            after=self.after,
        )


def version_draft(version: ModelVersion) -> Draft:
    """For a model version to be allowed to act alone in its process, beside what it replaces."""
    process = version.model.process
    replaced = _replaced(version)
    return Draft(
        kind=Approval.Kind.VERSION,
        process=process.pk,
        subject=str(version.pk),
        digest=version.digest,
        title=f"{version.model.name} v{version.number}",
        risk=_risk(process),
        before=None if replaced is None else _facts(replaced),
        after=_facts(version),
        author=_maker(process.pk, Approval.Kind.VERSION, version.digest),
    )


def _replaced(version: ModelVersion) -> ModelVersion | None:
    """What serves now; where that is the version itself, as it is after a training, the newest
    other one that is approved."""
    process = version.model.process_id
    serving = catalogue.champion(process)
    if serving is not None and serving.pk != version.pk:
        return serving
    approved = queries.approved_digests(process, [Approval.Kind.VERSION])
    others = ModelVersion.objects.filter(model__process=process, digest__in=approved)
    return others.exclude(pk=version.pk).select_related("model").order_by("-pk").first()


def contract_draft(contract: Contract) -> Draft:
    """For a contract; one that differs from the last approved in bands alone is thresholds."""
    previous = last_approved(contract)
    changes = [] if previous is None else diff(previous.body, contract.body)
    only_bands = bool(changes) and all(line.startswith("confidence") for line in changes)
    kind = Approval.Kind.THRESHOLDS if only_bands else Approval.Kind.CONTRACT
    return Draft(
        kind=kind,
        process=contract.process_id,
        subject=str(contract.pk),
        digest=contract.digest,
        title=f"{contract.process.title}, contract {contract.number}",
        risk=agreement_of(contract.pk).risk,
        before=None if previous is None else previous.body,
        after=contract.body,
        author=_maker(contract.process_id, kind, contract.digest),
    )


def stage_draft(process: Process, stage: str) -> Draft:
    """For a process to go up to a stage in which it acts alone. Raises InvalidInput for others."""
    if stage not in queries.ACTING_STAGES:
        raise InvalidInput("Only partial and full need an approval.", {"stage": "partial or full"})
    return Draft(
        kind=Approval.Kind.STAGE,
        process=process.pk,
        subject=stage,
        digest=queries.stage_digest(process.pk, stage),
        title=f"{process.title} to stage {stage}",
        risk=_risk(process),
        before={"stage": process.stage},
        after={"stage": stage},
    )


def for_version(version: ModelVersion, *, actor: User, reason: str) -> Approval:
    return version_draft(version).ask(actor=actor, reason=reason)


def for_contract(contract: Contract, *, actor: User, reason: str) -> Approval:
    return contract_draft(contract).ask(actor=actor, reason=reason)


def for_stage(process: Process, stage: str, *, actor: User, reason: str) -> Approval:
    return stage_draft(process, stage).ask(actor=actor, reason=reason)


def last_approved(contract: Contract) -> Contract | None:
    """The newest earlier version of this contract that was approved."""
    earlier = Contract.objects.filter(process=contract.process_id, number__lt=contract.number)
    approved = Approval.objects.filter(
        process=contract.process_id, kind__in=queries.CONTRACT_KINDS, granted_at__isnull=False
    ).values_list("digest", flat=True)
    return earlier.filter(digest__in=list(approved)).order_by("-number").first()


def _maker(process: str, kind: str, digest: str) -> User | None:
    """The person who made it, where the record names one."""
    for maker in queries.makers(process, kind, digest):
        if maker.startswith("user:"):
            return User.objects.filter(pk=maker.removeprefix("user:")).first()
    return None


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
