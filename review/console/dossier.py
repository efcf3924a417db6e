"""One decision's dossier: all that it rested on and led to, with personal values covered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import Q

from governance.approvals.at import in_force_at
from governance.approvals.models import Approval, Signature
from governance.approvals.queries import ACTING_STAGES, stage_digest
from governance.catalogue.models import Deployment, ModelVersion
from governance.contracts.agreement import Agreement, agreement_of
from governance.contracts.models import Contract
from governance.ledger.canonical import canonical
from governance.ledger.lineage import LineageEntry, newest_note, verify_item
from governance.models import User
from governance.policies import queries as policies
from governance.privacy.redact import commitment
from review.console import entries, evidence, held, queries, showing, words
from review.console.approving import role_label
from review.console.provenance import label_of, why
from review.models import (
    Decision,
    Document,
    Draft,
    Effect,
    GateHold,
    Item,
    Route,
    ShadowCandidate,
    Task,
)
from review.revealing.sight import MASKED
from review.tasks.sealing import unsettled


@dataclass(frozen=True, slots=True)
class Field:
    """An output field: value as text, "•••" with its commitment where it is personal."""

    label: str
    value: str
    commitment: str = ""
    confidence: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision on the item. is_this: the one that the dossier is of."""

    decision: Decision
    text: str
    who: str
    fields: list[Field]
    reason_commitment: str
    taken: str  # where values were taken over from
    time_spent: str
    draft: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A version that answered the item in shadow. fields is [] where its values are not told,
    and untold says why."""

    row: ShadowCandidate
    version: str
    drawn: str
    fields: list[Field]
    untold: str


@dataclass(frozen=True, slots=True)
class Held:
    """What the gate made of one decision; of says which: "corrected by ..."."""

    hold: GateHold
    of: str
    reasons: list[held.Why]
    comment_commitment: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class EffectLine:
    effect: Effect
    name: str
    state: str
    body_sha256: str
    is_reversal: bool


@dataclass(frozen=True, slots=True)
class Granted:
    """An approval with who said yes to it, in which role."""

    approval: Approval
    signed: list[tuple[Signature, str]]


@dataclass(frozen=True, slots=True)
class Grant:
    """Whether something had an approval when the decision was made."""

    label: str
    subject: str
    digest: str
    approvals: list[Granted]
    is_needed: bool


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the page shows; everything about people's input is covered where it is personal."""

    decision: Decision
    item: Item
    reference: str
    headline: str
    input: showing.Input
    input_commitment: str
    documents: list[Document]
    contract: Contract
    route: Route | None
    reasons: list[str]
    version: ModelVersion | None
    serving: Deployment | None
    cost: str
    fields: list[Field]
    shadows: list[Shadowed]
    tasks: list[Task]
    steps: list[entries.Line]
    verdicts: list[Verdict]
    has_gate: bool
    holds: list[Held]
    effects: list[EffectLine]
    grants: list[Grant]
    proofs: list[LineageEntry]
    wrong: int
    unsealed: int
    note: str


def compile_dossier(decision: Decision, viewer: User) -> Dossier:
    """Everything about a decision's item as it stands, and the approvals as they stood then."""
    item = decision.item
    agreement = agreement_of(item.contract_id)
    proofs = verify_item(item.pk)
    route = queries.item_route(item)
    version = route.candidate.call.version if route and route.candidate else None
    drafts = set(Draft.objects.filter(task__item=item).values_list("task_id", "actor_id"))
    sealed = sum(1 for one in proofs if one.state == "sealed")
    contract = Contract.objects.get(pk=item.contract_id)
    decisions = queries.item_decisions(item)
    tasks = queries.item_tasks(item)
    holds = queries.item_holds(item)
    payload = MASKED.payload(agreement, item.payload)
    made = _committed(proofs, "candidate.made")
    return Dossier(
        decision=decision,
        item=item,
        reference=item.external_id or str(item.pk),
        headline=_headline(agreement, item),
        input=showing.read(agreement.input_schema, payload, title=None),
        input_commitment=_payload_commitment(proofs),
        documents=list(Document.objects.filter(item=item).order_by("position")),
        contract=contract,
        route=route,
        reasons=[why(one, agreement) for one in route.reasons] if route else [],
        version=version,
        serving=_serving(item.process_id, version, decision.created_at),
        cost=words.money(route.candidate.call.cost_micros) if route and route.candidate else "",
        fields=_candidate(route, agreement, made),
        shadows=_shadows(
            item,
            agreement,
            proofs,
            is_settled=not unsettled([item.pk]),
        ),
        tasks=tasks,
        steps=[
            one
            for one in entries.lines(proofs, sealed=_sealed_size(proofs), viewer=viewer.pk)
            if one.kind.startswith(("task.", "note."))
        ],
        verdicts=[_verdict(one, decision, agreement, proofs, drafts) for one in decisions],
        has_gate=agreement.gate is not None,
        holds=_held(holds, decision, decisions, agreement, proofs),
        effects=[_effect(one) for one in queries.item_effects(item)],
        grants=_grants(item.process_id, decision, version, contract, route),
        proofs=proofs,
        wrong=sum(1 for one in proofs if not one.valid),
        unsealed=len(proofs) - sealed,
        note=newest_note(),
    )


def _headline(agreement: Agreement, item: Item) -> str:
    """The item's title, unless that is personal."""
    title = agreement.input_title
    if title is None or title in agreement.personal_input_paths:
        return item.external_id or f"Item {str(item.pk)[-6:]}"
    return agreement.headline(item.payload) or str(item)


def _sealed_size(proofs: Sequence[LineageEntry]) -> int:
    return max((one.index + 1 for one in proofs if one.index is not None and one.proof), default=0)


def _committed(proofs: Sequence[LineageEntry], kind: str, **of: str) -> Mapping[str, str]:
    """Field -> commitment, as the entry of this kind holds its output; of names whose it is."""
    for one in proofs:
        if one.kind == kind and all(one.data.get(name) == value for name, value in of.items()):
            output = one.data.get("output") or {}
            return {
                name: str(value["commitment"])
                for name, value in output.items()
                if isinstance(value, dict) and set(value) == {"commitment"}
            }
    return {}


def _payload_commitment(proofs: Sequence[LineageEntry]) -> str:
    received = next((one for one in proofs if one.kind == "item.received"), None)
    return "" if received is None else str(received.data.get("payload", ""))


def _candidate(
    route: Route | None, agreement: Agreement, committed: Mapping[str, str]
) -> list[Field]:
    if route is None or route.candidate is None:
        return []
    made = route.candidate
    shown = []
    for one in _output(made.output, agreement, committed):
        name, field = one
        level = made.confidence.get(name)
        source = made.sources.get(name)
        confidence = "none stated"
        if level is not None:
            confidence = words.percent(level)
            if source:
                confidence += f", {words.source(source)}"
        places = made.evidence.get(name) or []
        where = evidence.sourced(places).text
        shown.append(Field(field.label, field.value, field.commitment, confidence, where))
    return shown


def _shadows(
    item: Item, agreement: Agreement, proofs: Sequence[LineageEntry], *, is_settled: bool
) -> list[Shadowed]:
    """The versions that answered the item in shadow, as they were drawn.

    What they said is told once nobody is left to judge the item (tasks.sealing).
    """
    answered = (ShadowCandidate.State.ANSWERED, ShadowCandidate.State.FAILED)
    rows = ShadowCandidate.objects.filter(item=item, state__in=answered)
    found = []
    for row in rows.select_related("deployment__version__model").order_by("drawn_at", "pk"):
        row.item = item
        told, untold = [], ""
        if row.state == ShadowCandidate.State.FAILED:
            untold = "no usable answer"
        elif item.content_erased_at is not None:
            untold = "erased"
        elif not is_settled:
            untold = "told once the item is through"
        else:
            committed = _committed(proofs, "shadow.answered", shadow=str(row.pk))
            told = [field for _, field in _output(row.output, agreement, committed)]
        version = row.deployment.version
        name = f"{version.model.name} v{version.number}"
        found.append(Shadowed(row, name, f"{row.probability * 100:.3g}%", told, untold))
    return found


def _output(
    output: Mapping[str, Any] | None, agreement: Agreement, committed: Mapping[str, str]
) -> list[tuple[str, Field]]:
    seen = MASKED.output(agreement, output)
    properties = agreement.output_schema["properties"]
    return [
        (
            name,
            Field(
                label_of(agreement, name),
                showing.said(seen[name], properties[name]),
                committed.get(name, ""),
            ),
        )
        for name in agreement.output_fields
        if name in seen
    ]


def _verdict(
    one: Decision,
    this: Decision,
    agreement: Agreement,
    proofs: Sequence[LineageEntry],
    drafts: set[tuple[Any, Any]],
) -> Verdict:
    kind = "decision.amended" if one.supersedes_id else "decision.made"
    committed = _committed(proofs, kind, decision=str(one.pk))
    salt = bytes(this.item.salt)
    has_draft = one.task_id is not None and (one.task_id, one.actor_id) in drafts
    return Verdict(
        decision=one,
        text=words.decision_line(one),
        who=_who(one),
        fields=[field for _, field in _output(one.output, agreement, committed)],
        reason_commitment=commitment(one.reason, salt) if one.reason and salt else "",
        taken=", ".join(
            f"{label_of(agreement, path.split('.')[0])}: {evidence.sourced(places).text}"
            for path, places in one.evidence.items()
        ),
        time_spent=words.span(one.active_seconds) if one.active_seconds else "not measured",
        draft="a draft is kept" if has_draft else "none left",
        is_this=one.pk == this.pk,
    )


def _who(decision: Decision) -> str:
    return decision.actor.display_name if decision.actor else "the model, automatically"


def _held(
    holds: Sequence[GateHold],
    this: Decision,
    decisions: Sequence[Decision],
    agreement: Agreement,
    proofs: Sequence[LineageEntry],
) -> list[Held]:
    """What the gate held of the item's decisions, and how that was answered."""
    if not holds:
        return []
    titles = {one.slug: one.title for one in policies.visible([this.item.process_id])}
    of = {one.pk: f"{words.decision_line(one).lower()} by {_who(one)}" for one in decisions}
    return [
        Held(
            hold=one,
            of=of[one.decision_id],
            reasons=held.reasons_of(one, agreement, titles),
            comment_commitment=_comment_commitment(one, proofs),
            is_this=one.decision_id == this.pk,
        )
        for one in holds
    ]


def _comment_commitment(hold: GateHold, proofs: Sequence[LineageEntry]) -> str:
    """As the entry of the answer holds it: the words themselves may be erased since."""
    for one in proofs:
        if one.kind in ("gate.released", "gate.refused") and one.data.get("hold") == str(hold.pk):
            return str(one.data.get("comment", ""))
    return ""


def _effect(effect: Effect) -> EffectLine:
    return EffectLine(
        effect=effect,
        name=words.label(effect.name),
        state=words.state(effect),
        body_sha256=sha256(canonical(effect.body)).hexdigest(),
        is_reversal=effect.compensates_id is not None,
    )


def _serving(process: str, version: ModelVersion | None, at: datetime) -> Deployment | None:
    """The deployment by which the version served when the decision was made, if it did."""
    if version is None:
        return None
    return (
        Deployment.objects.filter(
            Q(until__isnull=True) | Q(until__gt=at),
            process=process,
            version=version,
            role=Deployment.Role.CHAMPION,
            since__lte=at,
        )
        .order_by("-since")
        .first()
    )


def _grants(
    process: str,
    decision: Decision,
    version: ModelVersion | None,
    contract: Contract,
    route: Route | None,
) -> list[Grant]:
    wanted = [("Contract", f"version {contract.number}", contract.digest)]
    if version is not None:
        name = f"{version.model.name} v{version.number}"
        wanted.insert(0, ("Model version", name, version.digest))
    stage = route.stage if route else ""
    if stage in ACTING_STAGES:
        wanted.append(("Stage", stage, stage_digest(process, stage)))
    digests = [digest for _, _, digest in wanted]
    found = in_force_at(process, digests, decision.created_at)
    return [
        Grant(
            label,
            subject,
            digest,
            [_granted(one) for one in found if one.digest == digest],
            is_needed=decision.actor_id is None,
        )
        for label, subject, digest in wanted
    ]


def _granted(approval: Approval) -> Granted:
    given = [one for one in approval.signatures.all() if one.is_yes]
    return Granted(approval, [(one, role_label(one.role)) for one in given])
