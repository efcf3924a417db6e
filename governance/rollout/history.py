"""What would have decided at a moment: read from what was stored then, never from what holds now.

Versions come from deployments, contracts from their versions, stage, pauses and roles from the
ledger, halts and approvals from their rows; none of these is changed afterwards. An instant
counts as after what happened at it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from governance.approvals import queries as approvals
from governance.approvals.models import Approval
from governance.catalogue.models import Deployment, ModelVersion
from governance.contracts.agreement import Agreement, agreement_of
from governance.contracts.models import Contract, Process
from governance.errors import InvalidInput
from governance.incidents.models import Halt
from governance.ledger.models import Entry
from governance.models import User
from governance.roles.roles import PERMISSIONS, Role, serve_permission


@dataclass(frozen=True, slots=True)
class Line:
    """A queue as it stood: who served it, by role and by name; people who left are named too."""

    queue: str
    role: str
    kinds: tuple[str, ...]
    people: list[User]


@dataclass(frozen=True, slots=True)
class Moment:
    """How a process would have decided at `at`.

    contract is None before the first one. obstacles are the codes of what kept the model from
    acting alone, as governance_obstacles gives them; [] where nothing did. prompt is that of the
    contract; prompt_digest its digest in hex.
    """

    process: Process
    at: datetime
    version: ModelVersion | None
    served_since: datetime | None
    shadows: list[ModelVersion]
    contract: Contract | None
    agreement: Agreement | None
    prompt_digest: str | None
    stage: str
    is_paused: bool
    halts: list[Halt]
    approvals: list[Approval]
    obstacles: list[str]
    lines: list[Line]

    @property
    def may_act_alone(self) -> bool:
        """Whether an item could have been decided without a person, its confidence allowing."""
        return self.version is not None and not self.is_paused and not self.obstacles


def at_moment(process: Process, at: datetime, *, contract: Contract | None = None) -> Moment:
    """How a process stood at an instant; for an item, with the contract that it came in under.

    Raises InvalidInput for an instant that is still to come, or before there was the process.
    """
    if at > timezone.now():
        raise InvalidInput("This moment is still to come.", {"at": "must not be in the future"})
    if at < process.created_at:
        raise InvalidInput(
            "There was no such process yet.", {"at": f"from {process.created_at.isoformat()} on"}
        )
    if contract is None:
        contract = _contract(process.pk, at)
    agreement = agreement_of(contract.pk) if contract else None
    serving = _serving(process.pk, at)
    champion = next((one for one in serving if one.role == Deployment.Role.CHAMPION), None)
    stage = _stage(process, at)
    halts = list(_halts(process.pk, at))
    granted = list(_approvals(process.pk, at))
    version = champion.version if champion else None
    return Moment(
        process=process,
        at=at,
        version=version,
        served_since=champion.since if champion else None,
        shadows=[one.version for one in serving if one.role == Deployment.Role.SHADOW],
        contract=contract,
        agreement=agreement,
        prompt_digest=_sha256(agreement.candidate.prompt) if agreement else None,
        stage=stage,
        is_paused=_is_paused(process, at),
        halts=halts,
        approvals=granted,
        obstacles=_obstacles(process.pk, version, contract, stage, halts, granted),
        lines=_lines(process.pk, agreement, at) if agreement else [],
    )


def changes_of(process: str, *, limit: int = 50) -> list[Entry]:
    """The newest entries that changed how a process decides."""
    entries = Entry.objects.filter(process=process, kind__in=CHANGES)
    return list(entries.order_by("-id")[:limit])


CHANGES = (
    *("model.deployed", "model.rolled_back", "model.retired", "contract.applied"),
    *("model.shadowed", "model.shadow_ended"),
    *("process.stage_changed", "process.paused", "process.resumed"),
    *("automation.halted", "automation.resumed"),
    *("approval.granted", "approval.withdrawn", "approval.lapsed"),
)


def _contract(process: str, at: datetime) -> Contract | None:
    """Applying makes a version and puts it in force at once, also when an older text comes back."""
    found = Contract.objects.filter(process_id=process, created_at__lte=at)
    return found.order_by("-number").first()


def _serving(process: str, at: datetime) -> list[Deployment]:
    return list(
        Deployment.objects.filter(Q(until__isnull=True) | Q(until__gt=at), since__lte=at)
        .filter(process_id=process)
        .select_related("version__model")
        .order_by("-since")
    )


def _stage(process: Process, at: datetime) -> str:
    """After the last change until then; what the first change after found; or what it is."""
    entries = Entry.objects.filter(process=process.pk, kind="process.stage_changed")
    last = entries.filter(at__lte=at).order_by("-id").first()
    if last is not None:
        return str(last.data["after"])
    following = entries.filter(at__gt=at).order_by("id").first()
    return str(following.data["before"]) if following else process.stage


def _is_paused(process: Process, at: datetime) -> bool:
    entries = Entry.objects.filter(
        process=process.pk, kind__in=["process.paused", "process.resumed"]
    )
    last = entries.filter(at__lte=at).order_by("-id").first()
    return last is not None and last.kind == "process.paused"


def _halts(process: str, at: datetime) -> Iterable[Halt]:
    return (
        Halt.objects.filter(Q(process_id=process) | Q(process__isnull=True), since__lte=at)
        .filter(Q(until__isnull=True) | Q(until__gt=at))
        .order_by("since")
    )


def _approvals(process: str, at: datetime) -> Iterable[Approval]:
    """What was granted, had neither lapsed nor been withdrawn, whatever became of it later."""
    return (
        Approval.objects.filter(Q(process_id=process) | Q(process__isnull=True))
        .filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at))
        .filter(granted_at__lte=at, valid_until__gt=at)
        .defer("before", "after")
        .order_by("kind", "-valid_until")
    )


def _obstacles(
    process: str,
    version: ModelVersion | None,
    contract: Contract | None,
    stage: str,
    halts: list[Halt],
    granted: list[Approval],
) -> list[str]:
    """As governance_obstacles in the database, but of then."""

    def has(kinds: Iterable[str], digests: Iterable[str]) -> bool:
        return any(one.kind in kinds and one.digest in digests for one in granted)

    acts = stage in approvals.ACTING_STAGES
    # Below an acting stage the database asks whether either of them is approved.
    signed = approvals.acting_digests(process, stage if acts else "partial")
    checks = {
        "halted": bool(halts),
        "stage_not_acting": not acts,
        "version_not_serving": version is None,
        "version_not_approved": version is None
        or not has([Approval.Kind.VERSION], [version.digest]),
        "contract_not_approved": contract is None
        or not has(approvals.CONTRACT_KINDS, [contract.digest]),
        "stage_not_approved": not has([Approval.Kind.STAGE], signed),
    }
    return [code for code, is_so in checks.items() if is_so]


def _lines(process: str, agreement: Agreement, at: datetime) -> list[Line]:
    held = _held_roles(process, at)
    people = User.objects.in_bulk({one for some in held.values() for one in some})
    lines = []
    for queue in agreement.queues:
        serving = [role for role in Role if serve_permission(queue.role) in PERMISSIONS[role]]
        keys = {key for role in serving for key in held.get(role.value, ())}
        named = sorted((people[one] for one in keys if one in people), key=_name)
        lines.append(Line(queue.name, queue.role, tuple(queue.kinds), named))
    return lines


def _name(person: User) -> str:
    return person.display_name


def _held_roles(process: str, at: datetime) -> dict[str, set[UUID]]:
    """Role -> those who held it, by replaying what was given and taken."""
    held: dict[str, set[UUID]] = {}
    entries = Entry.objects.filter(
        process=process, kind__in=["role.granted", "role.revoked"], at__lte=at
    ).order_by("id")
    for kind, data in entries.values_list("kind", "data"):
        _replay(held, kind, data)
    return held


def _replay(held: dict[str, set[UUID]], kind: str, data: dict[str, Any]) -> None:
    people = held.setdefault(str(data["role"]), set())
    if kind == "role.granted":
        people.add(UUID(str(data["user"])))
    else:
        people.discard(UUID(str(data["user"])))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
