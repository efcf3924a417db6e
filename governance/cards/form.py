"""What a card consists of: sections of fields, declared once for screen, exports and checks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    AUTHORED = "authored"  # a person writes it
    MEASURED = "measured"  # the system fills it in; nobody can type it


@dataclass(frozen=True, slots=True)
class Field:
    """One entry of a card.

    annex_iv is the point of Annex IV of Regulation (EU) 2024/1689 that asks for it, "" where none
    does. cyclonedx is the place in a CycloneDX 1.7 component, "" for a property of the card.
    """

    key: str
    label: str
    help: str
    kind: Kind = Kind.AUTHORED
    is_required: bool = True
    annex_iv: str = ""
    cyclonedx: str = ""

    @property
    def is_measured(self) -> bool:
        return self.kind is Kind.MEASURED


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its fields; key is its anchor."""

    key: str
    title: str
    fields: tuple[Field, ...]


def authored(
    key: str,
    label: str,
    help: str,
    *,
    annex_iv: str = "",
    cyclonedx: str = "",
    is_required: bool = True,
) -> Field:
    return Field(key, label, help, Kind.AUTHORED, is_required, annex_iv, cyclonedx)


def measured(
    key: str,
    label: str,
    help: str,
    *,
    annex_iv: str = "",
    cyclonedx: str = "",
    is_required: bool = True,
) -> Field:
    return Field(key, label, help, Kind.MEASURED, is_required, annex_iv, cyclonedx)
