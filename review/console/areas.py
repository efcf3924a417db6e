"""The areas of governance: what its page lists, by right, and how much waits in each."""

from collections.abc import Callable
from dataclasses import dataclass

from governance.approvals.queries import PAGE_ROWS
from governance.approvals.signing import Signer
from review import approvals
from review.access import Rights
from review.gate import queries as gate
from review.incidents import queries as incidents


@dataclass(frozen=True, slots=True)
class Area:
    """A page of governance; `name` of its URL, the right that opens it, and its group."""

    name: str
    label: str
    note: str
    right: str
    group: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An area with what waits there in words, "" where nothing does."""

    area: Area
    waiting: str


BEFORE, DURING, PEOPLE, AFTER = (
    "Before a model acts",
    "While it works",
    "People and their data",
    "Afterwards",
)


AREAS: tuple[Area, ...] = (
    Area(
        "approvals",
        "Approvals",
        "What waits for a signature, and who signed.",
        "view_governance",
        BEFORE,
    ),
    Area(
        "models",
        "Models",
        "Versions, what serves, and their cards.",
        "view_governance",
        BEFORE,
    ),
    Area(
        "deployments",
        "Deployments",
        "Which version serves, and what shadows it; rolling back; what would have decided when.",
        "view_governance",
        BEFORE,
    ),
    Area(
        "policies",
        "Policies",
        "What outputs are held to, in versions, and which of them is in force.",
        "view_governance",
        BEFORE,
    ),
    Area(
        "gate",
        "Held outputs",
        "Decided outputs that wait for compliance before anything is sent.",
        "serve_compliance_officer",
        DURING,
    ),
    Area(
        "incidents",
        "Incidents",
        "What went wrong, whom it touched, what was done; the switch that halts it all.",
        "view_governance",
        DURING,
    ),
    Area(
        "playbooks",
        "Playbooks",
        "Written answers to a misbehaviour, run step by step.",
        "view_governance",
        DURING,
    ),
    Area(
        "access",
        "Access",
        "Roles, keys of producers, and reviews of both.",
        "manage_access",
        PEOPLE,
    ),
    Area(
        "privacy",
        "Erasure and retention",
        "Forget a person or an item, legal holds, how long what is kept, receipts.",
        "view_governance",
        PEOPLE,
    ),
    Area(
        "reveals",
        "Reveals",
        "Who looked at which masked value, for what and how long.",
        "view_ledger",
        PEOPLE,
    ),
    Area(
        "audit",
        "Audit",
        "The ledger: search it, prove it, take a bundle of it.",
        "view_ledger",
        AFTER,
    ),
    Area(
        "audit-exports",
        "Bundles",
        "What an auditor checks offline.",
        "export_audit",
        AFTER,
    ),
    Area(
        "reports",
        "Reports",
        "What an officer hands over: tables for a process and a period.",
        "export_audit",
        AFTER,
    ),
)


def areas_for(mine: Rights) -> list[tuple[str, list[Shown]]]:
    """The areas that a person may open in some process, by group."""
    groups: dict[str, list[Shown]] = {}
    for area in AREAS:
        if mine.has_anywhere(area.right):
            count = _WAITING.get(area.name)
            groups.setdefault(area.group, []).append(Shown(area, count(mine) if count else ""))
    return list(groups.items())


def _approvals(mine: Rights) -> str:
    found = len(approvals.to_sign(Signer.of(mine.user)))
    more = "+" if found == PAGE_ROWS else ""
    return f"{found}{more} for you" if found else ""


def _held(mine: Rights) -> str:
    found = gate.waiting(mine.processes("serve_compliance_officer"))
    return f"{found.text} held" if found.count else ""


def _incidents(mine: Rights) -> str:
    found = incidents.live_count(mine.processes("view_governance"))
    more = "+" if found == incidents.MOST_COUNTED else ""
    return f"{found}{more} open" if found else ""


_WAITING: dict[str, Callable[[Rights], str]] = {
    "approvals": _approvals,
    "gate": _held,
    "incidents": _incidents,
}
