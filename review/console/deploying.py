"""Deployments and moments in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from governance.approvals.models import Approval
from governance.approvals.queries import Standings
from governance.catalogue.models import Deployment, ModelVersion
from governance.contracts.models import Process
from governance.ledger.models import Entry
from governance.rollout.history import Line, Moment
from review.console import approving, queries, words
from review.console.approving import Licence
from review.models import Item, Route
from review.routing.words import sentence as reason_sentence

PAGE_ROWS = 50
VERSION_ROWS = 50

_SENTENCES = {
    "model.deployed": "A version was deployed",
    "model.rolled_back": "A version was rolled back",
    "model.retired": "The version was taken out of service",
    "model.shadowed": "A version began to shadow",
    "model.shadow_ended": "A shadow was ended",
    "contract.applied": "Contract {number} was applied",
    "process.stage_changed": "Stage {before} became {after}",
    "process.paused": "The model was paused",
    "process.resumed": "The model was resumed",
    "automation.halted": "The process was halted",
    "automation.resumed": "The process went on",
    "approval.granted": "Approved: {of}",
    "approval.withdrawn": "An approval was withdrawn: {of}",
    "approval.lapsed": "An approval lapsed: {of}",
}


_HOW = {"model.rolled_back": "rolled back to", "model.shadowed": "shadow"}


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version with how it stands; can_deploy where it is approved and does not serve."""

    version: ModelVersion
    standing: Licence
    serves: bool
    can_deploy: bool


@dataclass(frozen=True, slots=True)
class PastRow:
    """A time of service: by whom and why it began, and how the version stands today."""

    deployment: Deployment
    by: str
    how: str
    why: str
    standing: Licence


@dataclass(frozen=True, slots=True)
class Shown:
    """A moment in words: what kept the model from acting alone, thresholds, checks, queues."""

    obstacles: list[str]
    bands: list[tuple[str, str, str]]
    checks: list[tuple[str, str, str]]
    approvals: list[tuple[str, Approval]]
    sample: str
    lines: list[tuple[Line, str]]  # a queue, and the kinds of tasks in it


@dataclass(frozen=True, slots=True)
class OfItem:
    """What concerns one item: its segment then, and what answered in fact."""

    risk: str
    is_kept_by_stage: bool
    route: Route | None
    answered: ModelVersion | None


def name_of(version: ModelVersion) -> str:
    """What a version is called. Its model comes with it."""
    return f"{version.model.name} v{version.number}"


def standing(version: ModelVersion, standings: Standings, *, may_ask: bool = False) -> Licence:
    """How a version's approval stands. Its model comes with it."""
    slug = version.model.process_id
    found = standings.of(slug, [Approval.Kind.VERSION], [version.digest])
    label = name_of(version)
    ask = approving.ask_version(version, slug) if may_ask else ""
    return approving.licence(label, found, ask)


def versions_of(
    process: Process, champion: ModelVersion | None, standings: Standings, *, may_ask: bool
) -> list[VersionRow]:
    """The newest versions of a process."""
    versions = ModelVersion.objects.filter(model__process=process).select_related("model")
    rows = []
    for version in versions.defer("config", "report").order_by("-pk")[:VERSION_ROWS]:
        found = standing(version, standings, may_ask=may_ask)
        serves = champion is not None and champion.pk == version.pk
        can_deploy = found.granted is not None and not serves
        rows.append(VersionRow(version, found, serves, can_deploy))
    return rows


def past_of(process: str, *, before: UUID | None = None) -> list[Deployment]:
    """Times of service, the newest first; one more than a page holds."""
    rows = Deployment.objects.filter(process_id=process).select_related("version__model")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[: PAGE_ROWS + 1])


def told(process: str, rows: Sequence[Deployment], standings: Standings) -> list[PastRow]:
    """The rows with who began each, as the ledger has it."""
    entries = Entry.objects.filter(
        process=process,
        kind__in=["model.deployed", "model.rolled_back", "model.shadowed"],
        data__deployment__in=[str(one.pk) for one in rows],
    )
    began = {entry.data["deployment"]: entry for entry in entries}
    people = [entry.actor for entry in began.values()]
    names = names_of(people)
    found = []
    for one in rows:
        entry = began.get(str(one.pk))
        how = _HOW.get(entry.kind, "deployed") if entry else "deployed"
        by = names[entry.actor] if entry else "not recorded"
        why = str(entry.data.get("reason", "")) if entry else ""
        found.append(PastRow(one, by, how, why, standing(one.version, standings)))
    return found


def names_of(actors: Sequence[str]) -> dict[str, str]:
    """Actors of the ledger as people read them."""
    keys = {one: UUID(one.removeprefix("user:")) for one in actors if one.startswith("user:")}
    names = queries.names_of(list(keys.values()))
    found = {}
    for one in actors:
        if one in keys:
            found[one] = names.get(keys[one], "a former colleague")
        else:
            found[one] = words.label(one.partition(":")[2])
    return found


def sentence(entry: Entry) -> str:
    """What an entry changed."""
    data = {**entry.data}
    if data.get("of") == Approval.Kind.VERSION:
        data["of"] = "model version"
    return _SENTENCES[entry.kind].format(**data)


def shown(moment: Moment) -> Shown:
    """A moment's rules in words."""
    agreement = moment.agreement
    bands, checks = [], []
    if agreement is not None:
        properties = agreement.output_schema["properties"]
        for name, band in agreement.bands.items():
            label = str(properties.get(name, {}).get("title") or words.label(name))
            bands.append((label, words.percent(band.automatic), words.percent(band.manual)))
        checks = [(one.name, one.message, one.otherwise) for one in agreement.checks]
    return Shown(
        obstacles=[reason_sentence({"code": code}) for code in moment.obstacles],
        bands=bands,
        checks=checks,
        approvals=[(approving.KINDS[one.kind], one) for one in moment.approvals],
        sample=words.percent(agreement.quality_sample_rate) if agreement else "",
        lines=[
            (one, ", ".join(words.label(kind).lower() for kind in one.kinds))
            for one in moment.lines
        ],
    )


def of_item(item: Item, moment: Moment) -> OfItem:
    """One item at a moment. The answer itself stays where it may be hidden: on the item's page."""
    route = queries.item_route(item)
    answered = route.candidate.call.version if route and route.candidate else None
    risk = moment.agreement.segment_named(item.segment).risk if moment.agreement else ""
    return OfItem(
        risk=risk,
        is_kept_by_stage=moment.stage == Process.Stage.PARTIAL and risk != "low",
        route=route,
        answered=answered,
    )
