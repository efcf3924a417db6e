"""The ledger's entries of some kinds in a period, read by the index of process and kind."""

from collections.abc import Sequence

from governance.models import Entry
from review.reports.model import MOST_ROWS, Scope


def entries(scope: Scope, kinds: Sequence[str]) -> tuple[list[Entry], bool]:
    """The entries, oldest first, and whether there were more than a table holds."""
    first, last = scope.ids()
    found: list[Entry] = []
    for process in scope.processes:
        for kind in kinds:
            of_kind = Entry.objects.filter(
                process=process, kind=kind, id__gte=first, id__lt=last
            ).order_by("id")
            found += of_kind[: MOST_ROWS + 1]
    found.sort(key=lambda entry: entry.pk)
    return found[:MOST_ROWS], len(found) > MOST_ROWS
