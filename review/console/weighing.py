"""What somebody weighs before they ask or sign: changes in words, the card, what shadows said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from governance.approvals.models import Approval
from governance.cards import queries as cards
from governance.cards.completeness import Completeness
from governance.catalogue.models import ModelVersion
from review.console import differing, shadowing

OPEN_ROWS = 60  # more values than these are folded away at first


@dataclass(frozen=True, slots=True)
class OfVersion:
    """How far a version is documented, and what it did beside the one that serves."""

    version: ModelVersion
    completeness: Completeness
    shadows: list[shadowing.Said]


def changes(kind: str, process: str | None, before: object, after: object) -> dict[str, Any]:
    """What the template of changes shows."""
    names = shadowing.field_names(process) if process and kind == Approval.Kind.VERSION else {}
    found = differing.beside(before, after, kind=kind, names=names)
    return {
        "changes": found,
        "is_reworded": any(one.is_reworded for one in found),
        "open_rows": OPEN_ROWS,
    }


def of_version(approval: Approval) -> OfVersion | None:
    """As it stands now; None where the request is about something else."""
    if approval.kind != Approval.Kind.VERSION:
        return None
    versions = ModelVersion.objects.filter(
        model__process=approval.process_id, digest=approval.digest
    )
    version = versions.select_related("model__process").first()
    if version is None:
        return None
    whole = cards.completeness_of([version])[version.pk]
    return OfVersion(version, whole, shadowing.said_of(version))
