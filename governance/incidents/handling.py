"""What people do with an incident: take it on, write it down, contain, resolve, close, reopen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.errors import Conflict, InvalidInput
from governance.incidents.models import Incident
from governance.ledger import operations as ledger
from governance.models import User

TEXTS = ("summary", "cause", "impact", "measures")
MOST_CHARACTERS = 10_000
_S = Incident.State
MOVES: Mapping[str, frozenset[str]] = {
    _S.OPEN: frozenset({_S.CONTAINED, _S.RESOLVED}),
    _S.CONTAINED: frozenset({_S.OPEN, _S.RESOLVED}),
    _S.RESOLVED: frozenset({_S.OPEN, _S.CLOSED}),
    _S.CLOSED: frozenset(),
}


def fingerprint(text: str) -> str:
    """Of a text as it is kept, however a form ends its lines."""
    return hashlib.sha256(_plain(text).encode()).hexdigest()


@transaction.atomic
def record(
    *,
    incident_id: UUID,
    texts: Mapping[str, str],
    seen: Mapping[str, str],
    actor: str,
    severity: int | None = None,
    owner: User | None = None,
    to: str = "",
) -> Incident:
    """Write down what somebody changed, and move it where `to` is given: all of it or nothing.

    seen holds the fingerprint of each text as they saw it: what they left as it was stays as it is
    now, also where somebody else wrote it meanwhile. None leaves severity and owner. Raises
    InvalidInput for a text that both changed, and as write, grade, own and move do.
    """
    incident = Incident.objects.select_for_update().get(pk=incident_id)
    changed = {name: text for name, text in texts.items() if fingerprint(text) != seen.get(name)}
    both = {
        name: "Somebody else wrote it meanwhile. Keep again to replace theirs."
        for name, text in changed.items()
        if name in seen
        and fingerprint(getattr(incident, name)) not in (seen[name], fingerprint(text))
    }
    if both:
        raise InvalidInput(f"Written by somebody else meanwhile: {', '.join(both)}.", both)
    if changed:
        write(incident_id=incident_id, texts=changed, actor=actor)
    if severity is not None:
        grade(incident_id=incident_id, severity=severity, actor=actor)
    if owner is not None:
        own(incident_id=incident_id, owner=owner, actor=actor)
    if to:
        return move(incident_id=incident_id, to=to, actor=actor)
    incident.refresh_from_db()
    return incident


@transaction.atomic
def own(*, incident_id: UUID, owner: User, actor: str) -> Incident:
    """Make a person answerable for it. The caller has checked that they may handle incidents."""
    incident = _lock_live(incident_id)
    if incident.owner_id == owner.pk:
        return incident
    incident.owner = owner
    incident.save(update_fields=["owner"])
    _tell(incident, "incident.owned", actor, {"owner": str(owner.pk)})
    return incident


@transaction.atomic
def grade(*, incident_id: UUID, severity: int, actor: str) -> Incident:
    """Set its severity, 1 (critical) to 4 (low). Raises InvalidInput, Conflict once closed."""
    if severity not in Incident.Severity.values:
        raise InvalidInput("There is no such severity.", {"severity": "1 to 4."})
    incident = _lock_live(incident_id)
    before, incident.severity = incident.severity, severity
    if before != severity:
        incident.save(update_fields=["severity"])
        _tell(incident, "incident.graded", actor, {"before": before, "after": severity})
    return incident


@transaction.atomic
def write(*, incident_id: UUID, texts: Mapping[str, str], actor: str) -> Incident:
    """Write what is known: any of TEXTS. The ledger holds which were changed, not the words.

    Raises InvalidInput for a text that is too long, Conflict once closed.
    """
    given = {name: _plain(texts[name]) for name in TEXTS if name in texts}
    errors = {
        name: f"At most {MOST_CHARACTERS:,} characters."
        for name, text in given.items()
        if len(text) > MOST_CHARACTERS
    }
    if errors:
        raise InvalidInput("A text is too long.", errors)
    incident = _lock_live(incident_id)
    changed = [name for name, text in given.items() if getattr(incident, name) != text]
    for name in changed:
        setattr(incident, name, given[name])
    if changed:
        incident.save(update_fields=changed)
        _tell(incident, "incident.written", actor, {"texts": changed})
    return incident


@transaction.atomic
def move(*, incident_id: UUID, to: str, actor: str) -> Incident:
    """Contain, resolve, close or reopen. Raises Conflict where the state does not allow it.

    It is closed only with its summary, cause, impact and measures written: the report is made of
    them. InvalidInput names what is missing.
    """
    incident = Incident.objects.select_for_update().get(pk=incident_id)
    if to not in MOVES[incident.state]:
        raise Conflict(f"This incident is {incident.get_state_display()}.")
    if to == _S.CLOSED:
        missing = {name: "Write it first." for name in TEXTS if not getattr(incident, name)}
        if missing:
            raise InvalidInput(f"Still to be written: {', '.join(missing)}.", missing)
    now = timezone.now()
    before, incident.state = incident.state, to
    if to == _S.OPEN:
        incident.contained_at = incident.resolved_at = None
    elif to == _S.CONTAINED:
        incident.contained_at = now
    elif to == _S.RESOLVED:
        incident.contained_at = incident.contained_at or now
        incident.resolved_at = now
    else:
        incident.closed_at = now
    incident.save(update_fields=["state", "contained_at", "resolved_at", "closed_at"])
    kind = "incident.reopened" if to == _S.OPEN else f"incident.{to}"
    _tell(incident, kind, actor, {"before": before})
    return incident


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _lock_live(incident_id: UUID) -> Incident:
    incident = Incident.objects.select_for_update().get(pk=incident_id)
    if incident.state == _S.CLOSED:
        raise Conflict("This incident is closed.")
    return incident


def _tell(incident: Incident, kind: str, actor: str, data: dict[str, Any]) -> None:
    ledger.append(
        kind,
        process=incident.process_id,
        actor=actor,
        data={"incident": str(incident.pk), "number": incident.number, **data},
    )
