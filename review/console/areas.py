"""The areas of governance: what its page lists, by right."""

from dataclasses import dataclass

from review.access import Rights


@dataclass(frozen=True, slots=True)
class Area:
    """A page of governance; `name` of its URL, and the right that opens it."""

    name: str
    label: str
    note: str
    right: str


AREAS: tuple[Area, ...] = (
    Area("access", "Access", "Who holds which role, until when; reviews of it.", "manage_access"),
)


def areas_for(mine: Rights) -> list[Area]:
    """The areas that a person may open in some process."""
    return [area for area in AREAS if mine.has_anywhere(area.right)]
