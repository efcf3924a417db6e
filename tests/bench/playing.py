"""Names that replays of a decision bind: the task at hand, the next one, the rows around them."""

from typing import Any

from tests.bench.backlog import ids_of
from tests.bench.script import Names


def names_of_task(actor: str, task: str) -> Names:
    names = Names(actor=actor)
    for kind, identifier in ids_of(task).items():
        names[kind] = identifier
    return names


def remember_next(task: Any, names: Names) -> None:
    """After the claim: the statements that follow may ask for the next task's rows."""
    if task is None:
        raise RuntimeError("The backlog is used up.")
    for kind, identifier in ids_of(task).items():
        names[f"next {kind}"] = identifier
