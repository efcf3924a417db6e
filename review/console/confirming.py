"""Dialogs that ask once more before something changes what acts alone, or who may do what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.urls import reverse

from governance.catalogue.models import Deployment, ModelVersion
from governance.models import User
from governance.roles.roles import Role
from review.console import deploying

_BACK = (("back", "incidents"),)
_GOES_ON = "The model may decide alone again, and effects that waited are sent in the next seconds."


@dataclass(frozen=True, slots=True)
class Question:
    """A dialog as components/confirm.html shows it; whatever has data-opens with its id opens it.

    Where a reason is optional the main button has the focus: Enter confirms.
    """

    id: str
    title: str
    note: str
    button: str
    action: str
    fields: tuple[tuple[str, str], ...] = ()
    reason: Literal["optional", "required"] = "optional"
    is_risky: bool = False


def roll_back(process: str, champion: ModelVersion, target: ModelVersion) -> Question:
    return Question(
        id="roll-back",
        title=f"Roll back to {deploying.name_of(target)}?",
        note=_instead_of(champion),
        button="Roll back",
        action=reverse("deployment-roll-back", args=[process]),
        is_risky=True,
    )


def deploy(process: str, version: ModelVersion, champion: ModelVersion | None) -> Question:
    nothing = "It serves from the next item on; so far nothing does, and people decide everything."
    return Question(
        id=f"deploy-{version.pk}",
        title=f"Deploy {deploying.name_of(version)}?",
        note=_instead_of(champion) if champion else nothing,
        button="Deploy",
        action=reverse("deployment-deploy", args=[process]),
        fields=(("version", str(version.pk)),),
    )


def _instead_of(champion: ModelVersion) -> str:
    name = deploying.name_of(champion)
    return (
        f"It serves instead of {name} from the next item on. An answer of {name} that is under "
        "way goes to a person."
    )


def end_shadow(shadow: Deployment) -> Question:
    return Question(
        id=f"end-{shadow.pk}",
        title=f"End the shadow {deploying.name_of(shadow.version)}?",
        note="It is asked no more. What it answered is kept; begun again, it is compared anew.",
        button="End the shadow",
        action=reverse("shadow-end", args=[shadow.process_id, shadow.pk]),
    )


def take_role(process: str, person: User, role: Role) -> Question:
    """The reason is kept with the grant that ends."""
    return Question(
        id=f"take-{person.pk}-{role.value}",
        title=f"Take {role.label} back from {person.display_name}?",
        note="It stops working with their next request. To give it again is a new grant.",
        button="Take back",
        action=reverse("access-take", args=[process]),
        fields=(("username", person.username), ("role", role.value)),
        reason="required",
        is_risky=True,
    )


def go_on(process: str, title: str, *, back: str) -> Question:
    """back: the page to come back to, "incidents" or "processes"."""
    return Question(
        id=f"go-on-{process}",
        title=f"Let {title} go on?",
        note=_GOES_ON,
        button="Let it go on",
        action=reverse("process-go-on", args=[process]),
        fields=(("back", back),),
        is_risky=True,
    )


def everything_goes_on() -> Question:
    return Question(
        id="go-on-everything",
        title="Let everything go on?",
        note=f"{_GOES_ON} A process that is halted by itself stays so.",
        button="Let it go on",
        action=reverse("go-on-everything"),
        fields=_BACK,
        is_risky=True,
    )


def restore(process: str, title: str) -> Question:
    return Question(
        id=f"restore-{process}",
        title=f"Restore the thresholds of {title}?",
        note="The contract's own count again: the model may decide more alone.",
        button="Restore",
        action=reverse("thresholds-restore", args=[process]),
        fields=_BACK,
    )


def of_deployments(
    process: str,
    champion: ModelVersion | None,
    target: ModelVersion | None,
    versions: Sequence[deploying.VersionRow],
    shadows: Sequence[Deployment],
) -> list[Question]:
    """What may be asked on the page of a process's deployments."""
    found = [end_shadow(one) for one in shadows]
    found += [deploy(process, one.version, champion) for one in versions if one.can_deploy]
    if champion is not None and target is not None:
        found.append(roll_back(process, champion, target))
    return found
