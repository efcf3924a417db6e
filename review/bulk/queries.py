"""A run as people see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from governance.contracts.agreement import agreement_of
from governance.models import Process
from review.models import Run, RunRow

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Progress:
    """How many items of a run stand how."""

    waiting: int = 0
    done: int = 0
    refused: int = 0
    undone: int = 0
    kept: int = 0

    @property
    def total(self) -> int:
        return self.waiting + self.done + self.refused + self.undone + self.kept


@dataclass(frozen=True, slots=True)
class Consequence:
    """An effect that the run's decisions cause; irreversible says why it cannot be taken back."""

    name: str
    count: int
    irreversible: str


def progress_of(run: Run) -> Progress:
    return progress_of_many([run])[run.pk]


def progress_of_many(runs: Sequence[Run]) -> dict[UUID, Progress]:
    """The progress of each run, in one statement."""
    counts: dict[UUID, dict[str, int]] = {run.pk: {} for run in runs}
    rows = RunRow.objects.filter(run__in=runs).values_list("run_id", "state")
    for run_id, state, count in rows.annotate(count=Count("pk")).order_by():
        counts[run_id][state] = count
    return {run_id: Progress(**states) for run_id, states in counts.items()}


_VERDICTS = {
    Run.Verb.ACCEPT.value: "accept",
    Run.Verb.REJECT.value: "reject",
    Run.Verb.GIVE_BACK.value: "accept",
}


def consequences_of(run: Run) -> list[Consequence]:
    """The effects of a run that decides, from the contracts its items came in under."""
    verdict = _VERDICTS.get(run.verb)
    if verdict is None:
        return []
    contracts = run.rows.values_list("item__contract_id").annotate(count=Count("pk")).order_by()
    found: dict[tuple[str, str], int] = {}
    for contract_id, count in contracts:
        for effect in agreement_of(contract_id).effects:
            if verdict in effect.on:
                key = effect.name, effect.irreversible or ""
                found[key] = found.get(key, 0) + count
    return [Consequence(name, count, why) for (name, why), count in sorted(found.items())]


def rows_of(
    run: Run, states: Sequence[str], *, after: int = -1, first: bool = False, noted: bool = False
) -> list[RunRow]:
    """Rows of a run in these states in their order; one more than a page holds.

    first and noted narrow them to the first few of the run, and to those with a note.
    """
    rows = run.rows.filter(state__in=states, position__gt=after)
    if noted:
        rows = rows.exclude(note="")
    if first:
        rows = rows.filter(is_first=True)
    return list(rows.select_related("item").order_by("position")[: PAGE_ROWS + 1])


def runs_in(processes: Sequence[str], *, before: UUID | None = None) -> list[Run]:
    """Runs of these processes, newest first; one more than a page holds."""
    runs = Run.objects.filter(process_id__in=processes)
    if before is not None:
        runs = runs.filter(pk__lt=before)
    return list(runs.select_related("actor", "process").order_by("-pk")[: PAGE_ROWS + 1])


def undo_seconds(process: str) -> int:
    """The undo window of the process's contract in force."""
    contract = Process.objects.values_list("contract_id", flat=True).get(pk=process)
    return agreement_of(contract).undo_window_seconds if contract else 0
