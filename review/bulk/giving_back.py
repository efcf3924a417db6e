"""Items that are with people for a halt alone, given back to the model in bulk once it is over."""

from __future__ import annotations

from governance.contracts.models import Process
from governance.errors import Conflict, NotAllowed
from governance.models import User
from review.access import Rights
from review.bulk import operations
from review.bulk.choosing import Choice
from review.finding import filters
from review.models import Run


def plan(*, process: str, reason: str, actor: User) -> tuple[Run, Choice]:
    """A dry run over what waits in a process with the reason `halted`; nothing is done.

    Raises NotAllowed without the right to halt, Conflict while something keeps the model from
    acting there, InvalidInput without a reason and where there is nothing to give back.
    """
    rights = Rights(actor)
    if not rights.has(process, "halt_automation"):
        raise NotAllowed("Who may halt the process gives items back to its model.")
    if Process.objects.filter(pk=process, is_paused=True).exists():
        raise Conflict("The model of this process is paused.")
    return operations.plan(
        process=process,
        wanted=filters.read({"why": "halted", "sort": "due"}),
        verb=Run.Verb.GIVE_BACK,
        options={},
        reason=reason,
        actor=actor,
        rights=rights,
    )
