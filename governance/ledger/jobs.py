"""The beat's two calls; running either twice at once changes nothing."""

from celery import shared_task

from governance.incidents.opening import open_incident
from governance.ledger import checkpoints, sequencing


@shared_task
def sequence() -> None:
    sequencing.sequence()


@shared_task
def checkpoint() -> None:
    try:
        checkpoints.checkpoint()
    except checkpoints.LedgerInconsistent as error:
        open_incident(
            title="The ledger contradicts a signed checkpoint",
            severity=1,
            process=None,
            actor="system:ledger",
            source="ledger_inconsistent",
            details={"error": str(error)},
        )
        raise
