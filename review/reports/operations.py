"""Making a report, and handing it out as a file: the ledger keeps who took which."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from governance.ledger import operations as ledger
from governance.models import User
from review.reports.kinds import CAUTION
from review.reports.model import Kind, Scope, Table


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A report as bytes of JSON, with their SHA-256 in hex."""

    content: bytes
    digest: str


def make(kind: Kind, scope: Scope) -> list[Table]:
    """The report's tables as things stand."""
    return kind.make(scope)


def hand_out(kind: Kind, scope: Scope, *, actor: User) -> HandedOut:
    """The report as a file that says what it is; its digest goes into the ledger.

    One entry for each process of the scope, so that whoever reads the ledger of one sees it.
    """
    with transaction.atomic():
        tables = kind.make(scope)
        body: dict[str, Any] = {
            "report": kind.name,
            "title": kind.title,
            "processes": list(scope.processes),
            "first": scope.first.isoformat(),
            "last": scope.last.isoformat(),
            "made_at": timezone.now().isoformat(timespec="seconds"),
            "tables": [asdict(table) for table in tables],
            "references": [asdict(reference) for reference in kind.references],
            "caution": CAUTION,
        }
        content = json.dumps(body, ensure_ascii=False, indent=1).encode()
        digest = hashlib.sha256(content).hexdigest()
        for process in scope.processes:
            ledger.append(
                "report.handed_out",
                process=process,
                actor=f"user:{actor.pk}",
                data={
                    "report": kind.name,
                    "first": scope.first.isoformat(),
                    "last": scope.last.isoformat(),
                    "sha256": digest,
                },
            )
    return HandedOut(content, digest)
