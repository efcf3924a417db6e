"""Shadows in words: what was drawn, how they compare, and where they differ from the champion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from governance.catalogue.models import Deployment, ModelVersion
from governance.catalogue.providers import is_local
from governance.contracts.agreement import Agreement, agreement_of
from governance.contracts.models import Process
from governance.ledger.models import Entry
from review.console import deploying, showing, words
from review.models import Candidate, Decision, ShadowCandidate, ShadowComparison
from review.revealing.sight import MASKED
from review.shadows.comparing import PAIRS
from review.shadows.drawing import left_today
from review.tasks.sealing import unsettled

DIFFERENCES = 15
SAID = 3  # shadows of one version that are told in a line each
CHANCE = 0.05  # below it a difference is said to be one


@dataclass(frozen=True, slots=True)
class Row:
    """A shadow in the list of a process's: what it takes, and how often it agrees."""

    deployment: Deployment
    share: str
    answered: str
    agreement: str


@dataclass(frozen=True, slots=True)
class Said:
    """A shadow in one line; level is that of its verdict."""

    deployment: Deployment
    text: str
    level: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of the comparison; level is good, bad or "" where it may be chance."""

    label: str
    compared: str
    agreement: str
    judged: str
    shadow: str
    champion: str
    split: str
    verdict: str
    level: str


@dataclass(frozen=True, slots=True)
class Spent:
    """What the calls of one took."""

    name: str
    median: str
    p95: str
    cost: str


@dataclass(frozen=True, slots=True)
class Value:
    """A field in which the two differ, with what each said and what was decided."""

    label: str
    champion: str
    shadow: str
    decided: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A settled item on which they differ, field by field."""

    item_id: UUID
    title: str
    values: list[Value]


@dataclass(frozen=True, slots=True)
class Page:
    """All that the page of one shadow tells."""

    row: Row
    by: str
    why_ended: str
    left_today: int
    counts: list[tuple[str, str]]
    compared_at: datetime | None
    pairs: int
    left_out: str
    whole: list[Compared]
    fields: list[Compared]
    calls: int
    spent: list[Spent]
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class Offer:
    """What can become a shadow: a version by its id, or an endpoint by its provider's name."""

    value: str
    label: str


def rows_of(shadows: Sequence[Deployment]) -> list[Row]:
    """Shadows with the figures that were found last."""
    found = ShadowComparison.objects.in_bulk([one.pk for one in shadows])
    return [_row(one, found.get(one.pk)) for one in shadows]


def said_of(version: ModelVersion) -> list[Said]:
    """What the newest shadows of a version said, a line each."""
    shadows = Deployment.objects.filter(version=version, role=Deployment.Role.SHADOW)
    newest = list(shadows.order_by("-since")[:SAID])
    found = ShadowComparison.objects.in_bulk([one.pk for one in newest])
    return [_said_by(one, found.get(one.pk)) for one in newest]


def _said_by(deployment: Deployment, kept: ShadowComparison | None) -> Said:
    figures = kept.figures if kept else {}
    row = _row(deployment, kept)
    if not row.agreement:
        return Said(deployment, f"{row.answered} answered, nothing compared yet", "")
    text = f"{row.answered} answered, the same as what serves in {row.agreement}"
    if not figures.get("all"):
        return Said(deployment, text, "")
    whole = _compared("", figures["all"])
    if not figures["all"]["judged"]:
        return Said(deployment, f"{text}; {whole.verdict}", "")
    right = f"right in {whole.shadow}, what serves in {whole.champion}"
    return Said(
        deployment, f"{text}; of {whole.judged} judged {right}: {whole.verdict}", whole.level
    )


def offers(
    process: Process, champion: ModelVersion | None, shadows: Sequence[Deployment]
) -> list[Offer]:
    """Versions that neither serve nor shadow, the newest first; then endpoints as settings have
    them, asked with the contract's prompt."""
    taken = {one.version_id for one in shadows} | ({champion.pk} if champion else set())
    here = [one for one in settings.PROVIDERS if is_local(one)]
    versions = ModelVersion.objects.filter(model__process=process, provider__in=here)
    newest = versions.exclude(pk__in=taken).select_related("model").order_by("-pk")
    found = [
        Offer(str(one.pk), f"{one.model.name} v{one.number}")
        for one in newest.defer("config", "report")[: deploying.VERSION_ROWS]
    ]
    if process.contract_id is not None:
        # An endpoint that answers already, and is set up as it was, would be the same version.
        answering = {one.version.provider for one in shadows} | (
            {champion.provider} if champion else set()
        )
        endpoints = sorted(
            one for one in settings.PROVIDERS if one not in answering and not is_local(one)
        )
        found += [Offer(one, f"{one}, as set up now") for one in endpoints]
    return found


def page_of(deployment: Deployment, *, may_see_items: bool) -> Page:
    """The page of one shadow; values of items are left out for who may not see items."""
    kept = ShadowComparison.objects.filter(pk=deployment.pk).first()
    figures = kept.figures if kept else {}
    agreement = _agreement(deployment.process_id)
    names = _names(agreement)
    slices = [("All items that were judged", figures.get("all"))]
    slices.append(("Judged blind", figures.get("blind")))
    began, ended = _record(deployment)
    return Page(
        row=_row(deployment, kept),
        by=deploying.names_of([began.actor])[began.actor] if began else "not recorded",
        why_ended=str(ended.data.get("why", "")) if ended else "",
        left_today=left_today(deployment, timezone.now()),
        counts=_counts(figures.get("counts", {})),
        compared_at=kept.compared_at if kept else None,
        pairs=PAIRS,
        left_out=_left_out(figures.get("window", {})),
        whole=[_compared(label, one) for label, one in slices if one],
        fields=[
            _compared(names.get(one["field"], words.label(one["field"])), one)
            for one in figures.get("fields", [])
        ],
        calls=figures.get("calls", {}).get("compared", 0),
        spent=_spent(figures.get("calls", {})),
        differences=differences(deployment) if may_see_items else [],
    )


def differences(deployment: Deployment) -> list[Difference]:
    """The newest settled items on which shadow and champion differ; labelled values are masked.

    Nothing is told of an item that somebody may still have to judge, not even that they differ:
    whoever reads this may be the one who is asked.
    """
    recent = ShadowCandidate.objects.filter(
        deployment=deployment, state=ShadowCandidate.State.ANSWERED
    )
    newest = recent.order_by("-pk").values("pk")[:PAIRS]
    differing = list(
        ShadowCandidate.objects.filter(
            pk__in=newest, item__content_erased_at__isnull=True, item__ended_at__isnull=False
        )
        .exclude(differing=[])
        .select_related("item")
        .order_by("-pk")[: 4 * DIFFERENCES]
    )
    open_ones = unsettled([row.item_id for row in differing])
    rows = [row for row in differing if row.item_id not in open_ones]
    ids = [row.item_id for row in rows]
    candidates = {
        one.item_id: one for one in Candidate.objects.filter(item__in=ids, route__isnull=False)
    }
    decisions = {
        one.item_id: one
        for one in Decision.objects.filter(item__in=ids, state="active", settles=True)
    }
    found = []
    for row in rows:
        candidate, decision = candidates.get(row.item_id), decisions.get(row.item_id)
        if candidate is None or decision is None:
            continue
        candidate.item = decision.item = row.item
        found.append(
            Difference(
                item_id=row.item_id,
                title=row.item.external_id or str(row.item_id),
                values=_values(row, candidate, decision),
            )
        )
    return found[:DIFFERENCES]


def _values(row: ShadowCandidate, candidate: Candidate, decision: Decision) -> list[Value]:
    agreement = agreement_of(row.item.contract_id)
    names, properties = _names(agreement), agreement.output_schema["properties"]
    champion = MASKED.output(agreement, candidate.output)
    shadow = MASKED.output(agreement, row.output)
    decided = MASKED.output(agreement, decision.output)
    rejected = decision.output is None
    return [
        Value(
            names.get(name, words.label(name)),
            showing.said(champion.get(name), properties.get(name, {})),
            showing.said(shadow.get(name), properties.get(name, {})),
            "rejected" if rejected else showing.said(decided.get(name), properties.get(name, {})),
        )
        for name in row.differing or []
    ]


def _row(deployment: Deployment, kept: ShadowComparison | None) -> Row:
    figures = kept.figures if kept else {}
    answered = figures.get("counts", {}).get("answered", 0)
    agreement = figures.get("agreement", {})
    assert deployment.share is not None
    return Row(
        deployment=deployment,
        share=f"{deployment.share * 100:.3g}%",
        answered=f"{answered:,}",
        agreement=_share(agreement) if agreement.get("compared") else "",
    )


def _compared(label: str, figures: Mapping[str, Any]) -> Compared:
    has_agreement = bool(figures.get("compared"))
    judged = figures["judged"]
    verdict, level = _verdict(figures)
    return Compared(
        label=label,
        compared=f"{figures.get('compared', 0):,}",
        agreement=_between(figures["agree"], figures["agree_low"], figures["agree_high"])
        if has_agreement
        else "",
        judged=f"{judged:,}",
        shadow=_share(figures["shadow"]) if judged else "",
        champion=_share(figures["champion"]) if judged else "",
        split=f"{figures['only_shadow']:,} and {figures['only_champion']:,}" if judged else "",
        verdict=verdict,
        level=level,
    )


def _verdict(figures: Mapping[str, Any]) -> tuple[str, str]:
    if not figures["judged"]:
        return "nothing judged yet", ""
    chance = figures["p"]
    said = "p below 0.001" if chance < 0.001 else f"p {chance:.2g}"
    if chance >= CHANCE:
        return f"may be chance, {said}", ""
    if figures["ahead"] > 0:
        return f"shadow better, {said}", "good"
    return f"shadow worse, {said}", "bad"


def _share(figures: Mapping[str, Any]) -> str:
    return _between(figures["value"], figures["low"], figures["high"])


def _between(value: float, low: float, high: float) -> str:
    return f"{value * 100:.1f}% ({low * 100:.1f} to {high * 100:.1f})"


def _counts(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    return [
        (ShadowCandidate.State(name).label, f"{counts[name]:,}")
        for name in ("answered", "due", "failed", "withdrawn")
        if name in counts
    ]


def _left_out(window: Mapping[str, Any]) -> str:
    """Answers that say nothing of who was right, and why."""
    parts = [
        (window.get("without_candidate", 0), "without an answer of what serves"),
        (window.get("rejected", 0), "rejected"),
        (window.get("not_drawn", 0), "looked at for a reason rather than drawn as a sample"),
    ]
    return ", ".join(f"{count:,} {why}" for count, why in parts if count)


def _spent(calls: Mapping[str, Any]) -> list[Spent]:
    if not calls.get("compared"):
        return []
    return [
        Spent(
            label,
            f"{calls[name]['latency_ms']['median']:,} ms",
            f"{calls[name]['latency_ms']['p95']:,} ms",
            words.money(calls[name]["cost_micros"]),
        )
        for name, label in (("shadow", "The shadow"), ("champion", "What serves"))
    ]


def _record(deployment: Deployment) -> tuple[Entry | None, Entry | None]:
    """The entries that began and ended it."""
    entries = {
        one.kind: one
        for one in Entry.objects.filter(
            process=deployment.process_id,
            kind__in=["model.shadowed", "model.shadow_ended"],
            data__deployment=str(deployment.pk),
        )
    }
    return entries.get("model.shadowed"), entries.get("model.shadow_ended")


def field_names(process: str) -> dict[str, str]:
    """The titles of a process's output fields, as its contract has them now."""
    return _names(_agreement(process))


def _agreement(process: str) -> Agreement | None:
    row = Process.objects.only("contract_id").get(pk=process)
    return agreement_of(row.contract_id) if row.contract_id else None


def _names(agreement: Agreement | None) -> dict[str, str]:
    if agreement is None:
        return {}
    properties = agreement.output_schema["properties"]
    return {name: str(one.get("title") or words.label(name)) for name, one in properties.items()}
