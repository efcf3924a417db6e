"""Measures for the items of an incident: bulk runs that undo, with a dry run like any other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from governance.errors import Conflict, InvalidInput
from governance.incidents.models import Incident
from governance.models import User
from review.bulk.choosing import MOST_ITEMS, Choice, Chosen
from review.bulk.operations import MOST_REASON_CHARACTERS, keep
from review.effects.withdrawing import foresee
from review.incidents.models import IncidentItem
from review.models import Decision, Effect, Run, RunRow

VERBS = {
    Run.Verb.REQUEUE.value: "Ask people again, where nothing was sent yet",
    Run.Verb.UNDO.value: "Undo: cancel what was not sent, reverse what was, ask people again",
}
REASONS = {
    "in_another_run": "another measure has them, or had them and undid them",
    "not_decided": "nothing is decided about them",
    "sent": "something was sent for them already",
    "irreversible": "something was sent for them that cannot be taken back",
    "too_many": f"a run takes at most {MOST_ITEMS:,}; plan another for the rest",
}
_UNDER_WAY = (RunRow.State.WAITING, RunRow.State.DONE)
_ENDED = (Run.State.DROPPED, Run.State.STOPPED)


def plan(
    *,
    incident: Incident,
    process: str,
    verb: str,
    reason: str,
    actor: User,
    includes_irreversible: bool = False,
) -> tuple[Run, Choice]:
    """A dry run over the incident's items of a process: chosen and kept, nothing done.

    The caller has checked the right to handle incidents. Raises InvalidInput with what is
    missing, and where nothing is left to do; Conflict for a closed incident.
    """
    reason = reason.strip()
    errors = {}
    if verb not in VERBS:
        errors["verb"] = "Choose what to do."
    if not 0 < len(reason) <= MOST_REASON_CHARACTERS:
        errors["reason"] = f"1 to {MOST_REASON_CHARACTERS} characters."
    if errors:
        raise InvalidInput("The measure cannot be planned like this.", errors)
    if incident.state == Incident.State.CLOSED:
        raise Conflict("This incident is closed.")
    choice = choose(incident, process, verb, includes_irreversible)
    if not choice.chosen:
        left = "; ".join(
            f"{count:,} item{'' if count == 1 else 's'}: {REASONS[name]}"
            for name, count in sorted(choice.excluded.items(), key=lambda one: -one[1])
        )
        why = {name: str(count) for name, count in choice.excluded.items()}
        said = "There is nothing to do for the named items of this process."
        raise InvalidInput(f"{said} {left}." if left else said, why)
    run = keep(
        process=process,
        query=f"incident={incident.number}",
        verb=verb,
        options={"irreversible": includes_irreversible},
        reason=reason,
        actor=actor,
        choice=choice,
        incident=incident,
    )
    return run, choice


def choose(incident: Incident, process: str, verb: str, includes_irreversible: bool) -> Choice:
    """Which of the incident's items can be taken, MOST_ITEMS at most, and why others cannot.

    Reads all items of the incident, at most a few times 10,000.
    """
    named = IncidentItem.objects.filter(incident=incident, item__process_id=process)
    ids = list(named.order_by("-item_id").values_list("item_id", flat=True))
    taken = set(
        RunRow.objects.filter(run__incident=incident, item__in=ids, state__in=_UNDER_WAY)
        .exclude(run__state__in=_ENDED, state=RunRow.State.WAITING)
        .values_list("item_id", flat=True)
    )
    decisions = {
        item: (pk, task)
        for pk, item, task in Decision.objects.filter(
            item__in=ids, state=Decision.State.ACTIVE, settles=True
        ).values_list("pk", "item_id", "task_id")
    }
    effects = _effects([pk for pk, _ in decisions.values()])
    chosen: list[Chosen] = []
    excluded: Counter[str] = Counter()
    doubtful = 0
    for item in ids:
        decision, task = decisions.get(item, (None, None))
        kinds = {foresee(one) for one in effects.get(decision, ())} - {None} if decision else set()
        against = _against(item in taken, decision, verb, kinds, includes_irreversible)
        if not against and len(chosen) >= MOST_ITEMS:
            against = "too_many"
        if against:
            excluded[against] += 1
        else:
            chosen.append(Chosen(item, task, None, decision))
            doubtful += "irreversible" in kinds
    return Choice(chosen, dict(excluded), doubtful, False)


def _against(
    is_taken: bool,
    decision: UUID | None,
    verb: str,
    kinds: set[Any],
    includes_irreversible: bool,
) -> str:
    if decision is None:
        return "in_another_run" if is_taken else "not_decided"
    if is_taken:
        return "in_another_run"
    if verb == Run.Verb.REQUEUE and kinds - {"cancelled"}:
        return "sent"
    if "irreversible" in kinds and not includes_irreversible:
        return "irreversible"
    return ""


def _effects(decisions: Sequence[UUID]) -> Mapping[UUID, list[Effect]]:
    found: dict[UUID, list[Effect]] = defaultdict(list)
    rows = Effect.objects.filter(decision__in=decisions, compensates__isnull=True)
    for effect in rows.only("decision_id", "state", "attempts", "compensation", "name"):
        found[effect.decision_id].append(effect)
    return found


def outlook(run: Run) -> list[tuple[str, str, int]]:
    """What undoing the run's items would do now: (effect, Withdrawal.what, how many)."""
    waiting = run.rows.filter(state=RunRow.State.WAITING)
    items = list(waiting.values_list("item_id", flat=True))
    active = Decision.objects.filter(item__in=items, state=Decision.State.ACTIVE, settles=True)
    counts: Counter[tuple[str, str]] = Counter()
    for effects in _effects(list(active.values_list("pk", flat=True))).values():
        for effect in effects:
            what = foresee(effect)
            if what:
                counts[effect.name, what] += 1
    return [(name, what, count) for (name, what), count in sorted(counts.items())]


def runs_of(incident: Incident) -> list[Run]:
    """The measures of an incident, newest first."""
    return list(Run.objects.filter(incident=incident).select_related("actor").order_by("-pk")[:50])


def numbers(incident: Incident) -> dict[str, int]:
    """What came of the incident's items, for its page and report."""
    items = IncidentItem.objects.filter(incident=incident).values("item_id")
    rows = RunRow.objects.filter(run__incident=incident)
    automatic = Decision.objects.filter(item__in=items, settles=True, actor__isnull=True)
    return {
        "affected": IncidentItem.objects.filter(incident=incident).count(),
        "automatic": automatic.count(),
        "still_automatic": automatic.filter(state=Decision.State.ACTIVE).count(),
        "undone": rows.filter(state=RunRow.State.DONE).count(),
        "refused": rows.filter(state=RunRow.State.REFUSED).count(),
        "reversed": Effect.objects.filter(
            item__in=items, compensates__isnull=False, state=Effect.State.DONE
        ).count(),
    }
