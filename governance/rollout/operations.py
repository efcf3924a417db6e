"""Stage changes and pauses of a process; each leaves an entry in the ledger."""

from django.db import transaction

from governance.approvals import queries
from governance.approvals.models import Approval
from governance.contracts.models import Process
from governance.errors import Conflict, InvalidInput, NotApproved
from governance.ledger import operations as ledger


@transaction.atomic
def change_stage(*, process: str, stage: str, actor: str) -> Process:
    """Put a process into another stage; items routed from now on obey it.

    A step up to a stage in which the model acts alone needs an approval of that stage or a higher
    one; a step down needs nothing. Raises InvalidInput for an unknown stage, NotApproved without
    the approval, Conflict if the process is in it already, and Process.DoesNotExist.
    """
    if stage not in Process.Stage.values:
        known = ", ".join(Process.Stage.values)
        raise InvalidInput("There is no such stage.", {"stage": f"must be one of {known}"})
    row = Process.objects.select_for_update().get(pk=process)
    if row.stage == stage:
        raise Conflict(f"The process is in stage {stage} already.")
    before, row.stage = row.stage, stage
    if _is_up(before, stage) and stage in queries.ACTING_STAGES:
        _require_approval(process, stage)
    row.save(update_fields=["stage"])
    ledger.append(
        "process.stage_changed",
        process=row.slug,
        actor=actor,
        data={"before": before, "after": stage},
    )
    return row


def _is_up(before: str, after: str) -> bool:
    stages = Process.Stage.values
    return stages.index(after) > stages.index(before)


def _require_approval(process: str, stage: str) -> None:
    digests = queries.acting_digests(process, stage)
    if not any(queries.in_force(process, [Approval.Kind.STAGE], digest) for digest in digests):
        raise NotApproved(f"Stage {stage} is not approved; ask for an approval first.")


def pause(*, process: str, actor: str) -> Process:
    """Ask no model for this process until it is resumed; people decide what comes in.

    Raises Conflict if it is paused already, and Process.DoesNotExist.
    """
    return _set_paused(process, True, actor)


def resume(*, process: str, actor: str) -> Process:
    """Ask the model again. Raises Conflict if it is not paused, and Process.DoesNotExist."""
    return _set_paused(process, False, actor)


@transaction.atomic
def _set_paused(process: str, is_paused: bool, actor: str) -> Process:
    row = Process.objects.select_for_update().get(pk=process)
    if row.is_paused == is_paused:
        raise Conflict(f"The process is {'paused' if is_paused else 'running'} already.")
    row.is_paused = is_paused
    row.save(update_fields=["is_paused"])
    ledger.append(
        "process.paused" if is_paused else "process.resumed",
        process=row.slug,
        actor=actor,
        data={},
    )
    return row
