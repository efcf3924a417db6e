"""Raising the bar of a process for a time; routing obeys it, strictly upwards."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from governance import reasons
from governance.contracts.models import Process
from governance.errors import Conflict, InvalidInput
from governance.incidents.models import ThresholdOverride
from governance.ledger import operations as ledger


def floor_of(process: str) -> float:
    """The confidence below which nothing of a process is automatic now; 0 where none is set."""
    found = ThresholdOverride.objects.filter(process_id=process, until__isnull=True)
    return found.values_list("floor", flat=True).first() or 0.0


@transaction.atomic
def raise_thresholds(*, process: str, floor: float, actor: str, reason: str) -> ThresholdOverride:
    """Ask for at least `floor` (above 0, at most 1) from every field; a lower one is replaced.

    Raises InvalidInput without a reason, Conflict where a floor as high is in force already.
    """
    reason = reason.strip()
    errors = {}
    if not 0 < floor <= 1:
        errors["floor"] = "Above 0 and at most 1."
    if not 0 < len(reason) <= 500:
        errors["reason"] = "1 to 500 characters."
    if errors:
        raise InvalidInput("The thresholds cannot be raised like this.", errors)
    current = _current(process)
    if current is not None:
        if current.floor >= floor:
            raise Conflict(f"At least {current.floor:.0%} is asked for already.")
        _end(current, actor)
    made = ThresholdOverride.objects.create(
        process_id=process, floor=floor, reason=reason, since=timezone.now(), started_by=actor
    )
    ledger.append(
        "threshold.raised",
        process=process,
        actor=actor,
        data={"override": str(made.pk), "floor": floor},
    )
    return made


@transaction.atomic
def end_override(*, process: str, actor: str, reason: str = "") -> ThresholdOverride:
    """Go back to the contract's own bands. A reason stands in the ledger.

    Raises Conflict where nothing was raised, InvalidInput for a long reason.
    """
    said = reasons.data_of(reason)
    current = _current(process)
    if current is None:
        raise Conflict("The thresholds are the contract's own already.")
    _end(current, actor)
    ledger.append(
        "threshold.restored",
        process=process,
        actor=actor,
        data={"override": str(current.pk), **said},
    )
    return current


def _current(process: str) -> ThresholdOverride | None:
    # Who raises or ends waits for the process's row, so that two at once come one after the other.
    Process.objects.select_for_update(no_key=True).get(pk=process)
    return ThresholdOverride.objects.filter(process_id=process, until__isnull=True).first()


def _end(override: ThresholdOverride, actor: str) -> None:
    override.until, override.ended_by = timezone.now(), actor
    override.save(update_fields=["until", "ended_by"])
