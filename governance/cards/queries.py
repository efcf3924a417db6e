"""Reading cards: the newest revision, what it lacks, and everything shown about a version."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from governance.cards.completeness import Completeness, completeness
from governance.cards.measured import bands_of, tables
from governance.cards.models import CardDraft, CardFacts, CardRevision
from governance.cards.table import Table
from governance.catalogue.models import ModelVersion


@dataclass(frozen=True)
class Card:
    """All that a card says: authored texts, measured tables, and what is missing of both."""

    version: ModelVersion
    revision: CardRevision | None
    facts: CardFacts | None
    measured: Mapping[str, tuple[Table, ...]]
    completeness: Completeness

    @property
    def texts(self) -> Mapping[str, str]:
        return self.revision.texts if self.revision else {}

    @property
    def title(self) -> str:
        return f"{self.version.model.name} v{self.version.number}"


def newest(version_id: UUID) -> CardRevision | None:
    """The newest revision of a version's card."""
    return CardRevision.objects.filter(version=version_id).order_by("-number").first()


def revision(version_id: UUID, number: int) -> CardRevision | None:
    return CardRevision.objects.filter(version=version_id, number=number).first()


def draft_of(version_id: UUID, author_id: UUID) -> CardDraft | None:
    return CardDraft.objects.filter(version=version_id, author=author_id).first()


def card(version: ModelVersion, of: CardRevision | None = None) -> Card:
    """The card of a version with its model; of a given revision, or the newest one."""
    kept = of or newest(version.pk)
    facts = CardFacts.objects.filter(version=version).first()
    measured = tables(version, facts, bands_of([version]).get(version.pk))
    return Card(version, kept, facts, measured, completeness(kept.texts if kept else {}, measured))


def completeness_of(versions: Collection[ModelVersion]) -> dict[UUID, Completeness]:
    """Of each version's newest revision; versions come with their model and process."""
    keys = [version.pk for version in versions]
    kept = {
        one.version_id: one
        for one in CardRevision.objects.filter(version__in=keys)
        .order_by("version", "-number")
        .distinct("version")
    }
    facts = {one.version_id: one for one in CardFacts.objects.filter(version__in=keys)}
    bands = bands_of(versions)
    return {
        version.pk: completeness(
            kept[version.pk].texts if version.pk in kept else {},
            tables(version, facts.get(version.pk), bands.get(version.pk)),
        )
        for version in versions
    }


def summary(version: ModelVersion) -> dict[str, object] | None:
    """What an approval shows of a card: which revision, its digest, how much is missing."""
    found = card(version)
    if found.revision is None:
        return None
    return {
        "revision": found.revision.number,
        "digest": found.revision.digest,
        "missing": len(found.completeness.missing),
    }
