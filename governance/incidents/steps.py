"""What the steps of a playbook do here; each says what came of it, and again changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.contracts.models import Process
from governance.errors import Conflict
from governance.incidents import operations, thresholds
from governance.incidents.models import Incident
from governance.rollout import operations as rollout
from governance.rollout import serving

# What more than handling incidents a step asks for.
RIGHTS: Mapping[str, str] = {"halt": "halt_automation"}


def act(step: Mapping[str, Any], *, process: str, incident: Incident, actor: str) -> str:
    """Do one step but notify and manual; the outcome in words. Raises a DomainError."""
    because = f"Incident {incident.number}: {incident.title}"[:500]
    match step["do"]:
        case "halt":
            return _halt(process, because, actor)
        case "pause":
            row = Process.objects.get(pk=process)
            if row.is_paused:
                return "The process was paused already."
            rollout.pause(process=process, actor=actor)
            return "The model is asked no more; people decide what comes in."
        case "stage":
            return _step_down(process, step["to"], actor)
        case "rollback":
            version = serving.roll_back(process=process, actor=actor).version
            return f"{version.model.name} v{version.number} serves again."
        case "thresholds":
            return _raise(process, float(step["floor"]), because, actor)
    raise ValueError(step["do"])


def _halt(process: str, because: str, actor: str) -> str:
    try:
        operations.halt(process=process, actor=actor, reason=because)
    except Conflict:
        return "It was halted already."
    return "Nothing is decided automatically and no effect is sent."


def _step_down(process: str, to: str, actor: str) -> str:
    stages = Process.Stage.values
    now = Process.objects.get(pk=process).stage
    if stages.index(now) <= stages.index(to):
        return f"The process was in stage {now} already."
    rollout.change_stage(process=process, stage=to, actor=actor)
    return f"From stage {now} to {to}."


def _raise(process: str, floor: float, because: str, actor: str) -> str:
    try:
        thresholds.raise_thresholds(process=process, floor=floor, actor=actor, reason=because)
    except Conflict as error:
        return str(error)
    return f"Every field needs at least {floor:.0%} to act alone."
