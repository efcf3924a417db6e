"""Running a playbook: step by step, in order, each confirmed by a person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.errors import Conflict, DomainError, InvalidInput, NotAllowed
from governance.incidents import steps
from governance.incidents.models import Incident, Playbook, PlaybookRun, StepRun
from governance.ledger import operations as ledger
from governance.models import User
from governance.roles.queries import people_in_role
from review.access import Rights
from review.models import Notice
from review.notices.operations import notify

_S = StepRun.State


@transaction.atomic
def start(*, incident_id: UUID, playbook_id: UUID, process: str, actor: User) -> PlaybookRun:
    """Begin a playbook in a process; one that is under way there for the incident is given back.

    The caller has checked the right to handle incidents in the process. Raises Conflict for a
    closed incident, InvalidInput for a process that is not the incident's.
    """
    incident = Incident.objects.select_for_update().get(pk=incident_id)
    if incident.state == Incident.State.CLOSED:
        raise Conflict("This incident is closed.")
    if incident.process_id not in (None, process):
        raise InvalidInput("The incident is another process's.", {"process": "Choose its own."})
    playbook = Playbook.objects.get(pk=playbook_id)
    under_way = PlaybookRun.objects.filter(
        incident=incident, playbook=playbook, process_id=process, ended_at__isnull=True
    ).first()
    if under_way is not None:
        return under_way
    run = PlaybookRun.objects.create(
        playbook=playbook,
        incident=incident,
        process_id=process,
        started_at=timezone.now(),
        started_by=actor,
    )
    StepRun.objects.bulk_create(
        StepRun(run=run, position=place, step=step) for place, step in enumerate(playbook.steps)
    )
    told = {"digest": playbook.digest, "slug": playbook.slug, "version": playbook.number}
    _tell(run, "playbook.started", actor, told)
    return run


def do(*, run_id: UUID, position: int, actor: User, note: str = "") -> StepRun:
    """Do the step at this position, if it is next; one that failed may be tried again.

    The step and what it changed are written together, so that it happens once however often it is
    asked for. note says for a manual step what was done, in 1 to 500 characters. A DomainError of
    the step is kept with it; raises Conflict where another step is next, NotAllowed without the
    step's right, InvalidInput for a manual step without a note.
    """
    try:
        return _do(run_id, position, actor, note)
    except _Failed as failed:
        return _end_step(run_id, position, actor, _S.FAILED, str(failed.__cause__))


class _Failed(Exception):
    """A step's own rule said no; what it had changed is rolled back."""


@transaction.atomic
def _do(run_id: UUID, position: int, actor: User, note: str) -> StepRun:
    run, row = _lock_next(run_id, position)
    needed = steps.RIGHTS.get(row.step["do"])
    if needed and not Rights(actor).has(run.process_id, needed):
        raise NotAllowed("This step needs the right to halt.")
    note = note.strip()
    if row.step["do"] == "manual" and not 0 < len(note) <= 500:
        raise InvalidInput("Say what was done.", {"note": "1 to 500 characters."})
    try:
        outcome = _act(run, row, actor, note)
    except DomainError as error:
        raise _Failed from error
    return _finish(run, row, actor, _S.DONE, outcome)


def skip(*, run_id: UUID, position: int, actor: User, reason: str) -> StepRun:
    """Leave a step out, saying why. Raises Conflict and InvalidInput."""
    reason = reason.strip()
    if not 0 < len(reason) <= 500:
        raise InvalidInput("Say why it is left out.", {"note": "1 to 500 characters."})
    return _end_step(run_id, position, actor, _S.SKIPPED, reason)


@transaction.atomic
def _end_step(run_id: UUID, position: int, actor: User, state: str, outcome: str) -> StepRun:
    run, row = _lock_next(run_id, position)
    return _finish(run, row, actor, state, outcome)


def _lock_next(run_id: UUID, position: int) -> tuple[PlaybookRun, StepRun]:
    run = (
        PlaybookRun.objects.select_for_update(of=("self",))
        .select_related("incident", "playbook")
        .get(pk=run_id)
    )
    row = run.steps.filter(state__in=[_S.WAITING, _S.FAILED]).order_by("position").first()
    if row is None:
        raise Conflict("Every step of this run is done.")
    if row.position != position:
        raise Conflict("Another step is next; look again.")
    return run, row


def _act(run: PlaybookRun, row: StepRun, actor: User, note: str) -> str:
    match row.step["do"]:
        case "manual":
            return note
        case "notify":
            return _notify(run, row)
    return steps.act(
        row.step, process=run.process_id, incident=run.incident, actor=f"user:{actor.pk}"
    )


def _notify(run: PlaybookRun, row: StepRun) -> str:
    people = {
        person.pk for role in row.step["roles"] for person in people_in_role(run.process_id, role)
    }
    key = f"incident:{run.incident_id}:{row.pk}"
    told = notify(people, Notice.Kind.INCIDENT, process=run.process_id, key=key)
    return f"{len(told)} told."


def _finish(run: PlaybookRun, row: StepRun, actor: User, state: str, outcome: str) -> StepRun:
    now = timezone.now()
    row.state, row.actor, row.at, row.outcome = state, actor, now, outcome[:500]
    row.save(update_fields=["state", "actor", "at", "outcome"])
    told: dict[str, Any] = {"position": row.position, "do": row.step["do"], "state": state}
    _tell(run, f"playbook.step_{state}", actor, told)
    if not run.steps.filter(state__in=[_S.WAITING, _S.FAILED]).exists():
        run.ended_at = now
        run.save(update_fields=["ended_at"])
        _tell(run, "playbook.ended", actor, {})
    return row


def _tell(run: PlaybookRun, kind: str, actor: User, data: dict[str, Any]) -> None:
    ledger.append(
        kind,
        process=run.process_id,
        actor=f"user:{actor.pk}",
        data={
            "incident": str(run.incident_id),
            "run": str(run.pk),
            "playbook": str(run.playbook_id),
            **data,
        },
    )
