"""How much of a card is there, and what is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from governance.cards.form import Field
from governance.cards.schema import FIELDS, REQUIRED


@dataclass(frozen=True, slots=True)
class Completeness:
    """required fields of which missing lack a text or a measurement, in the card's order."""

    required: int
    missing: tuple[Field, ...]

    @property
    def filled(self) -> int:
        return self.required - len(self.missing)

    @property
    def percent(self) -> int:
        """Rounded down, so that only a whole card reads as 100."""
        return 100 * self.filled // self.required

    @property
    def is_whole(self) -> bool:
        return not self.missing


def completeness(
    texts: Mapping[str, str], measured: Mapping[str, Sequence[object]]
) -> Completeness:
    """A written field is there where its text is not blank, a measured one where it has a table."""
    missing = tuple(
        FIELDS[key]
        for key in REQUIRED
        if not (measured.get(key) if FIELDS[key].is_measured else texts.get(key, "").strip())
    )
    return Completeness(len(REQUIRED), missing)
