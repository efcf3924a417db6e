"""Plan a run, begin it, let it go on, stop it, undo it: what a person does with it."""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.errors import Conflict, InvalidInput
from governance.incidents.models import Incident
from governance.ledger.operations import append
from governance.models import User
from review.access import Rights
from review.bulk import jobs
from review.bulk.choosing import Choice, Chosen, choose
from review.finding import filters
from review.finding.filters import ItemFilter
from review.models import Item, Queue, Run, RunRow
from review.transitions import check

FIRST_FEW = 5
MEASURES = frozenset({Run.Verb.REQUEUE, Run.Verb.UNDO})  # for the items of an incident
MOST_REASON_CHARACTERS = 500
_S = Run.State
MOVES: Mapping[str, frozenset[str]] = {
    _S.PLANNED: frozenset({_S.TRYING, _S.RUNNING, _S.DROPPED}),
    _S.TRYING: frozenset({_S.WAITING, _S.STOPPED}),
    _S.WAITING: frozenset({_S.RUNNING, _S.STOPPED, _S.UNDOING}),
    _S.RUNNING: frozenset({_S.DONE, _S.STOPPED}),
    _S.STOPPED: frozenset({_S.RUNNING, _S.UNDOING}),
    _S.DONE: frozenset({_S.UNDOING}),
    _S.UNDOING: frozenset({_S.UNDONE, _S.STOPPED}),
    _S.UNDONE: frozenset(),
    _S.DROPPED: frozenset(),
}
WORKING = (_S.TRYING, _S.RUNNING, _S.UNDOING)


def plan(
    *,
    process: str,
    wanted: ItemFilter,
    verb: str,
    options: Mapping[str, Any],
    reason: str,
    actor: User,
    rights: Rights,
    includes_doubtful: bool = False,
) -> tuple[Run, Choice]:
    """A dry run: the items are chosen and kept, nothing is done to them.

    Raises InvalidInput with what is missing by field, and where nothing is left to do.
    """
    reason = reason.strip()
    errors = _problems(process, verb, options, reason, rights)
    if errors:
        raise InvalidInput("The run cannot be planned like this.", errors)
    wanted = _waiting(wanted, process)
    choice = choose(
        process=process,
        wanted=wanted,
        verb=verb,
        options=options,
        actor=actor,
        rights=rights,
        includes_doubtful=includes_doubtful,
    )
    if not choice.chosen:
        why = "Nothing that fits this filter can be taken."
        raise InvalidInput(why, {"items": why} | {k: str(v) for k, v in choice.excluded.items()})
    run = keep(
        process=process,
        query=wanted.query(),
        verb=verb,
        options=options,
        reason=reason,
        actor=actor,
        choice=choice,
    )
    return run, choice


@transaction.atomic
def keep(
    *,
    process: str,
    query: str,
    verb: str,
    options: Mapping[str, Any],
    reason: str,
    actor: User,
    choice: Choice,
    incident: Incident | None = None,
) -> Run:
    """Write a dry run down, with a row for each item that was chosen."""
    run = Run.objects.create(
        process_id=process,
        actor=actor,
        verb=verb,
        options=dict(options),
        reason=reason,
        query=query[:2000],
        incident=incident,
        excluded={**choice.excluded, "doubtful": choice.doubtful, "is_cut": choice.is_cut},
        hint_at=timezone.now(),
    )
    count = len(choice.chosen)
    # Spread over the list, so that the few tell of all of it.
    first = {round(number * (count - 1) / max(1, FIRST_FEW - 1)) for number in range(FIRST_FEW)}
    RunRow.objects.bulk_create(
        [
            RunRow(
                run=run,
                position=position,
                item_id=one.item,
                task_id=one.task,
                before=_before(one),
                is_first=position in first,
            )
            for position, one in enumerate(choice.chosen)
        ]
    )
    told = "".join(sorted(str(one.item) for one in choice.chosen))
    _tell(
        run,
        "run.planned",
        actor,
        verb=verb,
        items=count,
        items_sha256=hashlib.sha256(told.encode()).hexdigest(),
        includes_doubtful=choice.doubtful,
    )
    return run


def _before(one: Chosen) -> dict[str, str | None]:
    if one.decision is not None:
        return {"decision": str(one.decision)}
    return {"candidate": str(one.candidate) if one.candidate else None}


def _waiting(wanted: ItemFilter, process: str) -> ItemFilter:
    narrows = wanted.narrows | {"process": process, "state": Item.State.WAITING}
    return filters.read(narrows | {"sort": wanted.sort})


def _problems(
    process: str, verb: str, options: Mapping[str, Any], reason: str, rights: Rights
) -> dict[str, str]:
    errors = {}
    if not reason:
        errors["reason"] = "Say why; the reason stands with every item."
    if len(reason) > MOST_REASON_CHARACTERS:
        errors["reason"] = f"At most {MOST_REASON_CHARACTERS} characters."
    if verb not in Run.Verb.values or verb in MEASURES:
        errors["verb"] = "Choose what to do."
    if verb == Run.Verb.GIVE_BACK and not rights.has(process, "halt_automation"):
        errors["verb"] = "Who may halt the process gives items back to its model."
    if verb == Run.Verb.MOVE:
        queue = Queue.objects.filter(pk=options.get("queue") or 0, process_id=process).first()
        if queue is None or not queue.kinds:
            errors["queue"] = "Choose a queue of this process."
        elif "compliance" in queue.kinds:
            errors["queue"] = "What compliance passes is asked for by the contract, not by hand."
    if verb == Run.Verb.GIVE:
        to = options.get("to")
        if not to or not User.objects.filter(pk=to, is_active=True).exists():
            errors["to"] = "Choose a person."
    if verb == Run.Verb.PRIORITY and options.get("priority") not in range(101):
        errors["priority"] = "A number from 0 to 100."
    return errors


@transaction.atomic
def begin(*, run_id: UUID, actor: User) -> Run:
    """Do the first few; all of them where there are no more. Raises Conflict."""
    run = _lock(run_id)
    if run.actor_id != actor.pk:
        raise Conflict("Who planned the run begins it.")
    few = run.rows.filter(is_first=True).count() < run.rows.count()
    run.started_at = timezone.now()
    _move(run, _S.TRYING if few else _S.RUNNING, "started_at")
    _tell(run, "run.started", actor, items=run.rows.count())
    _hint(run)
    return run


@transaction.atomic
def go_on(*, run_id: UUID, actor: User) -> Run:
    """Do the rest, after the first few were looked at or the run was stopped. Raises Conflict."""
    run = _lock(run_id)
    if run.actor_id != actor.pk:
        raise Conflict("Who planned the run lets it go on.")
    if run.undone_by_id is not None:
        raise Conflict("The run is half taken back; take back the rest, or plan a new one.")
    run.ended_at = None
    _move(run, _S.RUNNING, "ended_at")
    _tell(run, "run.confirmed", actor, left=run.rows.filter(state=RunRow.State.WAITING).count())
    _hint(run)
    return run


@transaction.atomic
def stop(*, run_id: UUID, actor: User) -> Run:
    """Do no further item; what is done stays done. Raises Conflict if it does not run."""
    run = _lock(run_id)
    to = _S.DROPPED if run.state == _S.PLANNED else _S.STOPPED
    run.ended_at = timezone.now()
    _move(run, to, "ended_at")
    _tell(run, "run.dropped" if to == _S.DROPPED else "run.stopped", actor)
    return run


@transaction.atomic
def undo(*, run_id: UUID, actor: User) -> Run:
    """Take back every item that was done, each through its usual undo. Raises Conflict."""
    run = _lock(run_id)
    if run.verb in MEASURES:
        raise Conflict("People decide these items again; there is nothing to take back.")
    if not run.rows.filter(state=RunRow.State.DONE).exists():
        raise Conflict("There is nothing to take back.")
    run.undone_by = actor
    run.ended_at = None
    _move(run, _S.UNDOING, "undone_by", "ended_at")
    _tell(run, "run.undo_started", actor)
    _hint(run)
    return run


def finish(run: Run, state: str) -> None:
    """What the last row leads to; the caller holds the run's lock."""
    if state != _S.WAITING:
        run.ended_at = timezone.now()
    _move(run, state, "ended_at")
    rows = RunRow.State
    counts = {one: run.rows.filter(state=one).count() for one in (rows.DONE, rows.REFUSED)}
    if state == _S.UNDONE:
        counts = {one: run.rows.filter(state=one).count() for one in (rows.UNDONE, rows.KEPT)}
    kind = {_S.WAITING: "run.tried", _S.DONE: "run.done", _S.UNDONE: "run.undone"}[_S(state)]
    actor = run.undone_by if state == _S.UNDONE and run.undone_by else run.actor
    _tell(run, kind, actor, **{str(name): count for name, count in counts.items()})


def _lock(run_id: UUID) -> Run:
    return Run.objects.select_for_update(of=("self",)).select_related("actor").get(pk=run_id)


def _move(run: Run, state: str, *names: str) -> None:
    check(MOVES, run.state, state)
    run.state = state
    run.hint_at = timezone.now()
    run.save(update_fields=["state", "hint_at", *names])


def _tell(run: Run, kind: str, actor: User, **data: Any) -> None:
    if run.incident_id:
        data["incident"] = str(run.incident_id)
    append(
        kind,
        process=run.process_id,
        actor=f"user:{actor.pk}",
        data={"run": str(run.pk), "verb": run.verb, **data},
    )


def _hint(run: Run) -> None:
    jobs.work.delay_on_commit(str(run.pk))
