"""The moves each state allows, in one table per entity; anything else is a Conflict."""

from collections.abc import Mapping

from governance.errors import Conflict
from review.models import Effect, Item, Task

_I, _T, _E = Item.State, Task.State, Effect.State

ITEM: Mapping[str, frozenset[str]] = {
    _I.RECEIVED: frozenset({_I.WAITING, _I.DECIDED, _I.COMPLETED, _I.REJECTED}),
    _I.WAITING: frozenset({_I.DECIDED, _I.COMPLETED, _I.REJECTED}),
    _I.DECIDED: frozenset({_I.WAITING, _I.DECIDED, _I.COMPLETED, _I.REJECTED}),
    _I.COMPLETED: frozenset({_I.WAITING, _I.DECIDED, _I.COMPLETED, _I.REJECTED}),
    _I.REJECTED: frozenset({_I.WAITING, _I.DECIDED, _I.COMPLETED, _I.REJECTED}),
}
TASK: Mapping[str, frozenset[str]] = {
    _T.OPEN: frozenset({_T.CLAIMED, _T.CANCELLED, _T.OPEN}),
    _T.CLAIMED: frozenset({_T.CLAIMED, _T.OPEN, _T.DECIDED, _T.CANCELLED}),
    _T.DECIDED: frozenset({_T.CLAIMED, _T.OPEN, _T.CANCELLED}),
    _T.CANCELLED: frozenset(),
}
EFFECT: Mapping[str, frozenset[str]] = {
    _E.SCHEDULED: frozenset({_E.RUNNING, _E.CANCELLED}),
    _E.RUNNING: frozenset({_E.RUNNING, _E.SCHEDULED, _E.DONE, _E.FAILED, _E.CANCELLED}),
    _E.DONE: frozenset({_E.COMPENSATED}),
    _E.FAILED: frozenset({_E.SCHEDULED, _E.CANCELLED}),
    _E.CANCELLED: frozenset(),
    _E.COMPENSATED: frozenset(),
}


class InvalidTransition(Conflict):
    """The entity is no longer in a state from which this step can be taken."""

    code = "invalid_transition"


def check(moves: Mapping[str, frozenset[str]], current: str, wanted: str) -> None:
    """Raise InvalidTransition unless the table allows the move."""
    if wanted not in moves[current]:
        raise InvalidTransition(f"It is {current} now; it cannot become {wanted}.")
