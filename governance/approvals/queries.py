"""Which approvals are in force, and what stands between a model and acting alone."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from governance.approvals.models import Approval, Delegation, Evidence
from governance.models import User

ACTING_STAGES = ("partial", "full")
CONTRACT_KINDS = (Approval.Kind.CONTRACT, Approval.Kind.THRESHOLDS)
# What lets a model act alone; what is in force of these is asked for anew only when it lapses soon.
LICENCE_KINDS = (Approval.Kind.VERSION, *CONTRACT_KINDS, Approval.Kind.STAGE)
PAGE_ROWS = 50
# An approval that is to hold on is asked for anew in its last days.
LAPSING_DAYS = 30


def stage_digest(process: str, stage: str) -> str:
    """What an approval of a stage signs; governance_stage_digest in the database says the same."""
    return hashlib.sha256(f"stage:{process}:{stage}".encode()).hexdigest()


def obstacles(process: str, version_id: UUID, contract_id: UUID) -> tuple[str, ...]:
    """Why this version may not decide alone under this contract now, as codes; () if it may.

    halted, stage_not_acting, version_not_serving, version_not_approved, contract_not_approved,
    stage_not_approved: the trigger on automatic decisions asks the same function.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT governance_obstacles(%s, %s, %s)", [process, version_id, contract_id]
        )
        return tuple(cursor.fetchone()[0])


def in_force(process: str | None, kinds: Collection[str], digest: str) -> Approval | None:
    """The approval that makes this digest approved now, the one that holds longest; None."""
    return (
        Approval.objects.filter(
            Q(process_id=process) | Q(process__isnull=True),
            kind__in=kinds,
            digest=digest,
            state=Approval.State.GRANTED,
            valid_until__gt=timezone.now(),
        )
        .order_by("-valid_until")
        .first()
    )


def alike(kind: str) -> Collection[str]:
    """The kinds of which an approval counts as one of this kind."""
    return CONTRACT_KINDS if kind in CONTRACT_KINDS else (kind,)


def anew_from(granted: Approval) -> datetime | None:
    """From when what is in force may be asked for anew; None where it may be now."""
    if granted.valid_until is None:
        return None
    begins = granted.valid_until - timedelta(days=LAPSING_DAYS)
    return begins if begins > timezone.now() else None


def acting_digests(process: str, stage: str) -> list[str]:
    """The digests of which one must be approved for a stage: its own, or that of a higher one."""
    higher = ACTING_STAGES[ACTING_STAGES.index(stage) :]
    return [stage_digest(process, one) for one in higher]


def makers(process: str | None, kind: str, digest: str) -> list[str]:
    """Who made what is to be approved, as the record names actors; [] where nobody is named.

    The trigger on signatures asks the same function.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT governance_makers(%s, %s, %s)", [process, kind, digest])
        return list(cursor.fetchone()[0])


def approved_digests(process: str, kinds: Collection[str]) -> list[str]:
    """What is approved in a process now."""
    found = Approval.objects.filter(
        Q(process_id=process) | Q(process__isnull=True),
        kind__in=kinds,
        state=Approval.State.GRANTED,
        valid_until__gt=timezone.now(),
    )
    return list(found.values_list("digest", flat=True))


def principals_of(actor: User) -> list[User]:
    """In whose place a person may sign: their own, and those who are away and named them."""
    now = timezone.now()
    away = Delegation.objects.filter(
        delegate=actor, since__lte=now, until__gt=now, ended_at__isnull=True
    ).select_related("principal")
    return [actor, *(one.principal for one in away if one.principal.is_active)]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one thing stands: the approval in force that holds longest, and the open request."""

    granted: Approval | None
    waiting: Approval | None

    @property
    def anew_from(self) -> datetime | None:
        """From when it may be asked for anew; None where it may be now."""
        return None if self.granted is None else anew_from(self.granted)

    @property
    def lapses_in_days(self) -> int | None:
        """Whole days left, from LAPSING_DAYS before the end; None before that."""
        if self.granted is None or self.granted.valid_until is None:
            return None
        left = self.granted.valid_until - timezone.now()
        return max(0, left.days) if left <= timedelta(days=LAPSING_DAYS) else None


class Standings:
    """The approvals in force and the open requests of some processes, read in one statement."""

    def __init__(self, processes: Collection[str]) -> None:
        now = timezone.now()
        self._rows = list(
            Approval.objects.filter(
                Q(state=Approval.State.REQUESTED, closes_at__gt=now)
                | Q(state=Approval.State.GRANTED, valid_until__gt=now),
                process_id__in=list(processes),
            )
            .defer("before", "after")
            .order_by("-valid_until")
        )

    def of(self, process: str, kinds: Collection[str], digests: Collection[str]) -> Standing:
        fitting = [
            one
            for one in self._rows
            if one.process_id == process and one.kind in kinds and one.digest in digests
        ]
        granted = (one for one in fitting if one.state == Approval.State.GRANTED)
        waiting = (one for one in fitting if one.state == Approval.State.REQUESTED)
        return Standing(next(granted, None), next(waiting, None))


def open_requests(limit: int = 500) -> list[Approval]:
    """Requests that wait for signatures, of all processes, with their signatures; oldest first."""
    return list(
        Approval.objects.filter(state=Approval.State.REQUESTED, closes_at__gt=timezone.now())
        .select_related("process", "requested_by", "author")
        .defer("before", "after")
        .prefetch_related("signatures")
        .order_by("requested_at")[:limit]
    )


def asked_by(person: User) -> list[Approval]:
    """What a person asked for and is not answered yet, newest first."""
    return list(
        _shown()
        .filter(requested_by=person, state=Approval.State.REQUESTED)
        .order_by("-pk")[:PAGE_ROWS]
    )


def answered(
    processes: Collection[str],
    *,
    process: str = "",
    kind: str = "",
    state: str = "",
    before: UUID | None = None,
) -> list[Approval]:
    """Requests that somebody answered or that ended, newest first; one more than a page holds."""
    found = _shown().filter(Q(process_id__in=list(processes)) | Q(process__isnull=True))
    found = found.filter(state=state) if state else found.exclude(state=Approval.State.REQUESTED)
    if process:
        found = found.filter(process_id=process)
    if kind:
        found = found.filter(kind=kind)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[: PAGE_ROWS + 1])


def _shown() -> QuerySet[Approval]:
    return Approval.objects.select_related("process", "requested_by").defer("before", "after")


def shown(approval_id: UUID) -> Approval | None:
    """One request with the people whom its page names."""
    return (
        Approval.objects.select_related("process", "requested_by", "author")
        .prefetch_related("signatures__actor", "signatures__principal", "comments__actor")
        .filter(pk=approval_id)
        .first()
    )


def evidence_of(approval: Approval) -> QuerySet[Evidence]:
    """What was attached, without the content."""
    found = Evidence.objects.filter(approval=approval).select_related("added_by")
    return found.defer("content").order_by("pk")


def delegations_of(person: User) -> list[Delegation]:
    """Delegations by and to a person, the newest first."""
    return list(
        Delegation.objects.filter(Q(principal=person) | Q(delegate=person))
        .select_related("principal", "delegate")
        .order_by("-pk")[:PAGE_ROWS]
    )
