"""Working a run off: one item a transaction, with the run's row locked meanwhile.

So two workers never do the same run at once, a worker that is killed leaves no item half done, and
stopping waits for one item at most. Where the run stands is in its rows alone; a message only says
that it may have to go on.
"""

import time
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.errors import DomainError
from governance.privacy.vault import keys
from review.bulk import operations, verbs
from review.models import Run, RunRow, Task

WORK_SECONDS = 20.0  # of one job; the next one goes on, so that no worker is held for long
_S, _R = Run.State, RunRow.State
_log = structlog.get_logger(__name__)


def work(run_id: UUID, *, seconds: float = WORK_SECONDS) -> bool:
    """Do items of a run for a while; whether some may be left."""
    until = time.monotonic() + seconds
    contracts = RunRow.objects.filter(run=run_id).values_list("item__contract_id", flat=True)
    for contract_id in contracts.order_by().distinct():
        keys.ready(contract_id)
    while step(run_id):
        if time.monotonic() >= until:
            return True
    return False


@transaction.atomic
def step(run_id: UUID) -> bool:
    """Do one item of a run; False where there is none to do, or another worker is at it."""
    run = (
        Run.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("actor", "undone_by")
        .filter(pk=run_id, state__in=operations.WORKING)
        .first()
    )
    if run is None:
        return False
    row = _next(run)
    if row is None:
        operations.finish(run, _END[_S(run.state)])
        return False
    (_take_back if run.state == _S.UNDOING else _do)(run, row)
    row.at = timezone.now()
    row.save(update_fields=["state", "note", "before", "decision", "at"])
    return True


_END = {_S.TRYING: _S.WAITING, _S.RUNNING: _S.DONE, _S.UNDOING: _S.UNDONE}


def _next(run: Run) -> RunRow | None:
    rows = run.rows.all()
    if run.state == _S.UNDOING:
        return rows.filter(state=_R.DONE).order_by("-position").first()
    if run.state == _S.TRYING:
        rows = rows.filter(is_first=True)
    return rows.filter(state=_R.WAITING).order_by("position").first()


def _do(run: Run, row: RunRow) -> None:
    try:
        with transaction.atomic():
            verbs.do(run, row)
    except (DomainError, IntegrityError, Task.DoesNotExist) as error:
        row.decision = None
        row.state, row.note = _R.REFUSED, _words(error)
    except DatabaseError:
        raise  # the server is away or chose us to end a deadlock: the row is done again
    except Exception as error:
        # One item must not keep the others from being done, over and over.
        _log.exception("run_row_failed", run=str(run.pk), row=row.pk)
        row.decision = None
        row.state, row.note = _R.REFUSED, f"Unexpected: {type(error).__name__}."
    else:
        row.state = _R.DONE


def _take_back(run: Run, row: RunRow) -> None:
    assert run.undone_by is not None
    try:
        with transaction.atomic():
            note = verbs.undo(run, row, run.undone_by)
    except (DomainError, IntegrityError, Task.DoesNotExist) as error:
        row.state, row.note = _R.KEPT, _words(error)
    except DatabaseError:
        raise
    except Exception as error:
        _log.exception("run_row_not_undone", run=str(run.pk), row=row.pk)
        row.state, row.note = _R.KEPT, f"Unexpected: {type(error).__name__}."
    else:
        row.state, row.note = _R.UNDONE, note


def _words(error: Exception) -> str:
    return str(error)[:300] if isinstance(error, DomainError) else "It was changed meanwhile."


def due_runs(limit: int = 100) -> list[UUID]:
    """Runs that should go on; each is hinted at again later."""
    now = timezone.now()
    with transaction.atomic():
        ids = list(
            Run.objects.select_for_update(skip_locked=True)
            .filter(state__in=operations.WORKING, hint_at__lte=now)
            .order_by("hint_at")
            .values_list("pk", flat=True)[:limit]
        )
        Run.objects.filter(pk__in=ids).update(
            hint_at=now + timedelta(seconds=settings.HINT_AGAIN_SECONDS)
        )
    return ids
