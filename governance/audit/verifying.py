"""The whole ledger verified on a schedule, what came of it, and the alarm when it fails."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from governance.audit.models import Verification
from governance.errors import Conflict
from governance.incidents.opening import open_incident
from governance.ledger import operations as ledger
from governance.ledger.verify import Problem, verify

log = structlog.get_logger(__name__)

SHOWN = 20  # problems kept in words
LOST_AFTER = timedelta(hours=6)  # one that ran this long has lost its worker
SCHEDULE = "system:verification"


def verify_if_due() -> Verification | None:
    """Verify if the last time was LEDGER_VERIFY_SECONDS ago; None where it was not."""
    last = Verification.objects.order_by("-started_at").first()
    pause = timedelta(seconds=settings.LEDGER_VERIFY_SECONDS)
    if last is not None and last.started_at > timezone.now() - pause:
        return None
    try:
        return verify_now(actor=SCHEDULE)
    except Conflict:
        return None


def verify_now(*, actor: str) -> Verification:
    """Recompute everything and keep what came of it; an alarm where something is wrong.

    Raises Conflict while another verification runs.
    """
    run = _begin(actor)
    found: list[str] = []

    def problem(one: Problem) -> None:
        if len(found) < SHOWN:
            found.append(str(one))

    try:
        report = verify(problem)
    except (DatabaseError, ImproperlyConfigured, ValueError) as error:
        run.error = str(error)[:300]
    else:
        run.entries, run.sequenced, run.pending = report.entries, report.sequenced, report.pending
        run.checkpoints, run.problems = report.checkpoints, report.problems
    run.first_problems = found
    _end(run)
    if run.problems or run.error:
        _raise_alarm(run)
    return run


def _begin(actor: str) -> Verification:
    now = timezone.now()
    lost = Verification.objects.filter(finished_at__isnull=True, started_at__lt=now - LOST_AFTER)
    lost.update(finished_at=now, error="It was cut off.")
    try:
        with transaction.atomic():
            return Verification.objects.create(actor=actor, started_at=now)
    except IntegrityError:
        raise Conflict("The ledger is being verified right now.") from None


@transaction.atomic
def _end(run: Verification) -> None:
    run.finished_at = timezone.now()
    run.save()
    ledger.append(
        "ledger.verified",
        actor=run.actor,
        data={
            "verification": str(run.pk),
            "entries": run.entries,
            "checkpoints": run.checkpoints,
            "problems": run.problems,
            **({"error": run.error} if run.error else {}),
        },
    )


def _raise_alarm(run: Verification) -> None:
    """Tell those who run this that the ledger does not verify, and open an incident."""
    log.error(
        "ledger_does_not_verify",
        verification=str(run.pk),
        problems=run.problems,
        first=run.first_problems[:3],
        error=run.error,
    )
    open_incident(
        title="The ledger does not verify",
        severity=1,
        process=None,
        actor="system:audit",
        source="ledger_unverified",
        details={
            "verification": str(run.pk),
            "problems": run.problems,
            "first": run.first_problems[:3],
            "error": run.error,
        },
    )
