"""A held output as its officer sees it: plain values, ready for the template."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from governance.contracts import queries as contracts
from governance.contracts.agreement import Agreement, agreement_of
from governance.models import PolicyVersion, User
from governance.policies import queries as policies
from governance.policies.texts import headings
from review.console import documents, provenance, screen, showing, words, workspace
from review.gate.models import GateHold
from review.models import Decision, Effect
from review.revealing.queries import sight_of


@dataclass(frozen=True, slots=True)
class Value:
    """One field of the output; model is what was proposed where that is something else."""

    label: str
    text: str
    model: str
    is_changed: bool
    table: showing.Table | None


@dataclass(frozen=True, slots=True)
class Why:
    """A reason to hold, and the policy that its check serves, "" for none; title is "" where that
    is not there to be cited."""

    text: str
    policy: str
    title: str


@dataclass(frozen=True, slots=True)
class Caused:
    """An effect that waits: where it goes and what it would say, None where that is not shown."""

    name: str
    where: str
    says: showing.Input | None
    irreversible: str
    state: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A policy that a refusal may cite, with its headings as (value, title) of the control."""

    title: str
    number: int
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HeldOutput:
    """Everything on the page of one held output. `documents` and `input` are named as on the
    review screen, so that the viewer draws them."""

    hold: GateHold
    headline: str
    reference: str
    due: words.Due
    age: str
    input: showing.Input
    documents: tuple[documents.ShownDocument, ...]
    values: list[Value]
    has_candidate: bool
    who: str
    verdict: str
    model: str
    reasons: list[Why]
    effects: list[Caused]
    is_own: bool  # the officer had a part in deciding it
    citations: list[Cited]
    suggested: str  # of the citations' values, the one to begin with

    @property
    def changed(self) -> int:
        return sum(1 for one in self.values if one.is_changed)

    @property
    def can_answer(self) -> bool:
        return self.hold.state == GateHold.State.WAITING and not self.is_own


def held_output(hold: GateHold, actor: User) -> HeldOutput:
    """The page's content; a fixed number of statements."""
    item, decision = hold.item, hold.decision
    agreement = agreement_of(item.contract_id)
    candidate = decision.candidate
    now = timezone.now()
    effects = decision.effects.filter(compensates__isnull=True).order_by("pk")
    is_own = Decision.objects.filter(item=item, actor=actor).exists()
    # An officer who is to answer is at work, as who holds a task; an answered one is as any item.
    at_work = hold.state == GateHold.State.WAITING and not is_own
    sight = sight_of(item, actor, agreement, at_work=at_work)
    tells_effects = at_work and "sensitive" not in {
        *agreement.input_labels.values(),
        *agreement.output_labels.values(),
    }
    citable = {one.policy.slug: one for one in policies.citable(hold.process_id)}
    titles = {slug: one.policy.title for slug, one in citable.items()}
    reasons = reasons_of(hold, agreement, titles)
    return HeldOutput(
        hold=hold,
        headline=workspace.headline_of(agreement, item, sight.kinds),
        reference=item.external_id or str(item.pk)[-6:],
        due=words.due(hold.due_at, now),
        age=words.span((now - hold.opened_at).total_seconds()),
        input=showing.read(
            agreement.input_schema,
            sight.payload(agreement, item.payload),
            title=agreement.input_title,
        ),
        documents=documents.shown(screen.read_documents(item.pk))
        if agreement.documents and (at_work or not agreement.has_private_documents)
        else (),
        values=_values(
            agreement,
            sight.output(agreement, decision.output),
            sight.output(agreement, candidate.output) if candidate else None,
        ),
        has_candidate=candidate is not None,
        who=decision.actor.display_name if decision.actor else "the model, automatically",
        verdict=words.decision_line(decision),
        model=_model(decision),
        reasons=reasons,
        effects=[_caused(one, item.contract_id, agreement, tells=tells_effects) for one in effects],
        is_own=is_own,
        citations=[_cited(version) for version in citable.values()],
        suggested=next((str(citable[one.policy].pk) for one in reasons if one.title), ""),
    )


def reasons_of(hold: GateHold, agreement: Agreement, titles: Mapping[str, str]) -> list[Why]:
    """Why an output is held; titles are those of policies by their names."""
    found = []
    for reason in hold.reasons:
        slug = str(reason.get("policy", ""))
        found.append(Why(provenance.why(reason, agreement), slug, titles.get(slug, "")))
    return found


def in_short(hold: GateHold) -> str:
    """Why an output is held, in a few words for a list."""
    return "; ".join(_short(reason) for reason in hold.reasons)


def _short(reason: Mapping[str, Any]) -> str:
    """A reason in two or three words; one of a check by the check's name."""
    name = words.label(str(reason.get("check", reason.get("code")))).lower()
    match reason.get("code"):
        case "gate_risk":
            return f"{words.label(str(reason.get('risk')))} risk"
        case "gate_segment":
            return f"Segment {reason.get('segment')}"
        case "gate_share":
            return "Drawn by chance"
        case "gate_check_broke":
            return f"Not checked: {name}"
        case "gate_second_opinion":
            return f"A second model differs: {name}"
    return f"Failed: {name}"


def chosen(process: str, value: str) -> tuple[PolicyVersion | None, str]:
    """The version and heading that the control's value names; (None, "") where it names none."""
    identifier, _, heading = value.partition("#")
    for version in policies.citable(process):
        if str(version.pk) == identifier:
            return version, heading
    return None, ""


def _cited(version: PolicyVersion) -> Cited:
    whole = (str(version.pk), f"{version.policy.title} as a whole")
    parts = [(f"{version.pk}#{one.anchor}", one.title) for one in headings(version.text)]
    return Cited(version.policy.title, version.number, (whole, *parts))


def _values(
    agreement: Agreement, output: Mapping[str, Any], proposed: Mapping[str, Any] | None
) -> list[Value]:
    properties = agreement.output_schema["properties"]
    names = [one for one in agreement.output_fields if one in output or one in (proposed or {})]
    return [_value(properties.get(name, {}), name, output.get(name), proposed) for name in names]


def _value(
    schema: Mapping[str, Any], name: str, value: Any, proposed: Mapping[str, Any] | None
) -> Value:
    before = (proposed or {}).get(name)
    is_table = isinstance(value, list) and value and all(isinstance(one, dict) for one in value)
    return Value(
        label=str(schema.get("title") or words.label(name)),
        text=showing.said(value, schema),
        model="nothing" if before in (None, "") else showing.said(before, schema),
        is_changed=proposed is not None and before != value,
        table=showing.table(value, schema) if is_table else None,
    )


def _model(decision: Decision) -> str:
    if decision.candidate is None:
        return ""
    call = decision.candidate.call
    return str(call.version) if call.version else call.provider


def _caused(effect: Effect, contract_id: UUID, agreement: Agreement, *, tells: bool) -> Caused:
    target = effect.target.get("url") or effect.target.get("path") or ""
    schema = _says(effect.name, contract_id, agreement) if tells else {}
    return Caused(
        name=words.label(effect.name),
        where=f"{effect.connector} {target}".strip(),
        says=showing.read(schema, effect.body, title=None) if tells else None,
        irreversible=effect.irreversible,
        state=words.state(effect),
    )


def _says(name: str, contract_id: UUID, agreement: Agreement) -> dict[str, Any]:
    """A schema of what an effect says: its fields in the contract's order, each read as the value
    that it is taken from."""
    spec = next((one for one in agreement.effects if one.name == name), None)
    if spec is None:
        return {}
    fields = contracts.effect_fields(contract_id).get(name, ())
    return {"properties": {one: _taken(spec.body.get(one), agreement) for one in fields}}


def _taken(template: Any, agreement: Agreement) -> Mapping[str, Any]:
    """The schema of the value that a place of an effect's template stands for; {} for a text of
    its own, and for what is of the item."""
    if not isinstance(template, str) or not template.startswith("$"):
        return {}
    side, *path = template.removeprefix("$").split(".")
    schemas = {"input": agreement.input_schema, "output": agreement.output_schema}
    node: Mapping[str, Any] = schemas.get(side, {})
    for name in path:
        node = node.get("properties", {}).get(name, {})
    return {key: one for key, one in node.items() if key != "title"}
