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
    Area(
        "incidents",
        "Incidents",
        "What went wrong, whom it touched, what was done; the switch that halts it all.",
        "view_governance",
    ),
    Area(
        "playbooks",
        "Playbooks",
        "Written answers to a misbehaviour, run step by step.",
        "view_governance",
    ),
)


def areas_for(mine: Rights) -> list[Area]:
    """The areas that a person may open in some process."""
    return [area for area in AREAS if mine.has_anywhere(area.right)]
