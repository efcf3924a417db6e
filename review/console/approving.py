"""Approvals in words: how things stand, what a request changes, who signed and who may."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse

from governance.approvals.models import Approval, Signature
from governance.approvals.queries import (
    ACTING_STAGES,
    CONTRACT_KINDS,
    Standing,
    Standings,
    acting_digests,
)
from governance.catalogue.models import ModelVersion
from governance.contracts.models import Process
from governance.policies.models import PolicyVersion
from review.console import words

KINDS = dict(Approval.Kind.choices)
STATES = dict(Approval.State.choices)


@dataclass(frozen=True, slots=True)
class Licence:
    """One thing that has to be approved before a model may act alone, and how it stands.

    level: good, warn (lapses soon) or bad (nothing in force); ask is the address of the form that
    asks for it, "" where there is nothing to ask for or no right to.
    """

    label: str
    level: str
    text: str
    granted: Approval | None
    waiting: Approval | None
    ask: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What a request is about: the page that shows it, and how to call it."""

    address: str
    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A signature that is needed, given or not."""

    role: str
    signature: Signature | None


def licences(
    process: Process, version: ModelVersion | None, standings: Standings, *, may_ask: bool
) -> list[Licence]:
    """What a process's model needs before it may act alone. The process comes with its contract."""
    slug = process.pk
    found = []
    if version is not None:
        standing = standings.of(slug, [Approval.Kind.VERSION], [version.digest])
        name = f"{version.model.name} v{version.number}"
        found.append(licence(f"Model {name}", standing, _ask(may_ask, slug, "version")))
    if process.contract is not None:
        standing = standings.of(slug, CONTRACT_KINDS, [process.contract.digest])
        label = f"Contract {process.contract.number}"
        found.append(licence(label, standing, _ask(may_ask, slug, "contract")))
    for stage in ACTING_STAGES:
        standing = standings.of(slug, [Approval.Kind.STAGE], acting_digests(slug, stage))
        found.append(licence(f"Stage {stage}", standing, _ask(may_ask, slug, f"stage-{stage}")))
    return found


def licence(label: str, standing: Standing, ask: str) -> Licence:
    """How one thing stands, in words; asking makes sense while nobody asked and it is not safe."""
    granted, left = standing.granted, standing.lapses_in_days
    if granted is None:
        level, text = "bad", "not approved"
    elif left is not None:
        level, text = "warn", f"approved, lapses in {left} day{'' if left == 1 else 's'}"
    else:
        level, text = "good", f"approved until {granted.valid_until:%-d %B %Y}"
    is_asked = standing.waiting is not None
    return Licence(
        label, level, text, granted, standing.waiting, "" if is_asked or level == "good" else ask
    )


def ask_version(version: ModelVersion, process: str) -> str:
    """The form that asks for a version which need not serve."""
    return f"{reverse('approval-ask', args=[process, 'version'])}?version={version.pk}"


def _ask(may_ask: bool, process: str, what: str) -> str:
    return reverse("approval-ask", args=[process, what]) if may_ask else ""


def subject(approval: Approval) -> Subject | None:
    """Where to read what a request is about; None where no page of the console shows it."""
    slug = approval.process_id or ""
    match approval.kind:
        case Approval.Kind.VERSION:
            versions = ModelVersion.objects.filter(model__process=slug, digest=approval.digest)
            if version := versions.select_related("model").first():
                name = f"{version.model.name} v{version.number}"
                return Subject(reverse("model-version", args=[version.pk]), f"{name} and its card")
        case Approval.Kind.CONTRACT | Approval.Kind.THRESHOLDS | Approval.Kind.STAGE:
            return Subject(f"{reverse('processes')}#process-{slug}", "the process")
        case Approval.Kind.POLICY:
            texts = PolicyVersion.objects.filter(
                digest=approval.digest, policy__process=slug or None
            )
            if text := texts.select_related("policy").first():
                place = reverse("policy-version", args=[text.policy.slug, text.number])
                return Subject(place, str(text))
        case Approval.Kind.RETENTION:
            return Subject(reverse("privacy-rules"), "the rules of retention")
    return None


def slots(approval: Approval, signatures: Iterable[Signature]) -> list[Slot]:
    """Each signature that is needed with who gave it; those that are open come last."""
    given = sorted(signatures, key=lambda one: one.at)
    left = list(approval.roles)
    found = []
    for one in given:
        found.append(Slot(role_label(one.role), one))
        left.remove(one.role)
    return [*found, *(Slot(role_label(role), None) for role in left)]


def role_label(role: str) -> str:
    return role.replace("_", " ")


def role_list(roles: Sequence[str]) -> str:
    """`compliance officer, compliance officer` as `2 × compliance officer`."""
    counted = {role: list(roles).count(role) for role in roles}
    return ", ".join(
        role_label(role) if count == 1 else f"{count} × {role_label(role)}"
        for role, count in counted.items()
    )


def validity(approval: Approval) -> str:
    """Until when it waits, holds, or held."""
    match approval.state:
        case Approval.State.REQUESTED:
            return f"Waits until {approval.closes_at:%-d %B %Y}; then it lapses unanswered."
        case Approval.State.GRANTED if approval.valid_until is not None:
            return f"In force until {approval.valid_until:%-d %B %Y, %H:%M} UTC."
    if approval.ended_at is None:
        return ""
    ended = f"{words.label(STATES[approval.state])} {approval.ended_at:%-d %B %Y, %H:%M} UTC."
    if approval.granted_at is not None:
        return f"Was in force from {approval.granted_at:%-d %B %Y, %H:%M} UTC. {ended}"
    return ended
