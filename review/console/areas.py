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
        "approvals", "Approvals", "What waits for a signature, and who signed.", "view_governance"
    ),
    Area("models", "Models", "Versions, what serves, and their cards.", "view_governance"),
    Area(
        "deployments",
        "Deployments",
        "Which version serves; rolling back; what would have decided when.",
        "view_governance",
    ),
    Area(
        "gate",
        "Held outputs",
        "Decided outputs that wait for compliance before anything is sent.",
        "serve_compliance_officer",
    ),
    Area(
        "policies",
        "Policies",
        "What outputs are held to, in versions, and which of them is in force.",
        "view_governance",
    ),
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
    Area(
        "access",
        "Access",
        "Roles, keys of producers, and reviews of both.",
        "manage_access",
    ),
    Area(
        "privacy",
        "Erasure and retention",
        "Forget a person or an item, legal holds, how long what is kept, receipts.",
        "view_governance",
    ),
    Area(
        "reveals",
        "Reveals",
        "Who looked at which masked value, for what and how long.",
        "view_ledger",
    ),
    Area("audit", "Audit", "The ledger: search it, prove it, take a bundle of it.", "view_ledger"),
    Area("audit-exports", "Bundles", "What an auditor checks offline.", "export_audit"),
    Area(
        "reports",
        "Reports",
        "What an officer hands over: tables for a process and a period.",
        "export_audit",
    ),
)


def areas_for(mine: Rights) -> list[Area]:
    """The areas that a person may open in some process."""
    return [area for area in AREAS if mine.has_anywhere(area.right)]
