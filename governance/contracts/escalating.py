"""A contract's escalation path: what happens by the clock to a task that nobody has decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from governance.contracts.section import Section
from governance.contracts.working_time import WorkingCalendar, add_working_time
from governance.roles.roles import Role

MOST_STEPS = 10
LONGEST_SECONDS = 365 * 86_400
WORKING_TIMES = ("after_seconds", "before_due_seconds")


@dataclass(frozen=True)
class EscalationStep:
    """One step: so long after the task was opened, or before it is due, in working time.

    to is the queue it moves to, None where it stays; priority is added to the task's; notify are
    the roles that are told.
    """

    after_seconds: int | None
    before_due_seconds: int | None
    to: str | None
    priority: int
    notify: tuple[str, ...]

    def at(
        self, calendar: WorkingCalendar | None, opened_at: datetime, due_at: datetime
    ) -> datetime:
        """When the step is due for a task."""
        if self.after_seconds is not None:
            return moved(calendar, opened_at, self.after_seconds)
        assert self.before_due_seconds is not None
        return moved(calendar, due_at, -self.before_due_seconds)


def moved(calendar: WorkingCalendar | None, start: datetime, seconds: int) -> datetime:
    """start and so many seconds, of working time where there is a calendar."""
    if calendar is None:
        return start + timedelta(seconds=seconds)
    return add_working_time(calendar, start, seconds)


def read_escalation(root: Section, queues: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The path's steps as stored, in the order in which they are taken."""
    found: list[dict[str, Any]] = []
    for one in root.sections("escalation", []):
        has_after, has_before = "after_seconds" in one.values, "before_due_seconds" in one.values
        after = one.integer("after_seconds", 60, LONGEST_SECONDS, None)
        before = one.integer("before_due_seconds", 0, LONGEST_SECONDS, None)
        if one.is_mapping and has_after == has_before:
            one.problem("after_seconds", "give either after_seconds or before_due_seconds")
        step = {
            "after_seconds": after if has_after else None,
            "before_due_seconds": before if has_before else None,
            "to": _queue(one, queues),
            "priority": one.integer("priority", 0, 100, 0),
            "notify": one.choices("notify", [role.value for role in Role], []),
        }
        if one.is_mapping and not (step["to"] or step["priority"] or step["notify"]):
            one.problem("to", "a step must move the task, raise its priority or notify a role")
        one.finish()
        found.append(step)
    if len(found) > MOST_STEPS:
        root.problem("escalation", f"must have at most {MOST_STEPS} steps")
    return found


def _queue(step: Section, queues: Sequence[Mapping[str, Any]]) -> str | None:
    """The queue that `to` means: by its name, by a kind of task that it takes, or by its role."""
    if step.raw("to", None) is None:
        return None
    names = {one["name"]: one["name"] for one in queues}
    kinds = {kind: one["name"] for one in queues for kind in one["kinds"]}
    roles = {one["role"]: one["name"] for one in reversed(queues)}
    known = {**roles, **kinds, **names}
    known.pop("", None)
    return known.get(step.choice("to", known))


def steps_of(body: Sequence[Mapping[str, Any]]) -> tuple[EscalationStep, ...]:
    """The steps of a stored body."""
    return tuple(EscalationStep(**{**one, "notify": tuple(one["notify"])}) for one in body)
