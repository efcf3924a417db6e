"""Writing rules of retention, and asking for their approval."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from governance.approvals import operations as approvals
from governance.approvals.models import Approval
from governance.contracts.agreement import agreement_of
from governance.contracts.models import Process
from governance.errors import InvalidInput
from governance.ledger import operations as ledger
from governance.ledger.canonical import canonical
from governance.models import RetentionRule, User
from governance.privacy.retention import queries
from governance.privacy.retention.models import PARTS

MAX_DAYS = 36_500


@transaction.atomic
def write(*, process: str, days: Mapping[str, int | None], actor: User) -> RetentionRule:
    """A new version of a process's rule; it counts for nothing until it is approved.

    days: by part, from 1 to 36,500, None to keep. Raises InvalidInput.
    """
    _check(days)
    Process.objects.select_for_update().get(pk=process)  # one number after the other
    newest = queries.newest(process)
    kept = {part: days.get(part) for part in PARTS}
    rule = RetentionRule.objects.create(
        process_id=process,
        number=newest.number + 1 if newest else 1,
        digest=digest_of(process, kept),
        author=actor,
        created_at=timezone.now(),
        **{f"{part}_days": kept[part] for part in PARTS},
    )
    ledger.append(
        "retention.written",
        process=process,
        actor=f"user:{actor.pk}",
        data={"rule": str(rule.pk), "number": rule.number, "digest": rule.digest, "days": kept},
    )
    return rule


def for_retention(rule: RetentionRule, *, actor: User, reason: str) -> Approval:
    """Ask for a rule to be followed; shown beside the one in force."""
    process = Process.objects.get(pk=rule.process_id)
    current = queries.in_force(rule.process_id)
    return approvals.request(
        kind=Approval.Kind.RETENTION,
        process=rule.process_id,
        subject=str(rule.pk),
        digest=rule.digest,
        title=f"{process.title}, retention {rule.number}",
        risk=agreement_of(process.contract_id).risk if process.contract_id else "high",
        reason=reason,
        actor=actor,
        author=rule.author,
        before=None if current is None else current.days(),
        after=rule.days(),
    )


def digest_of(process: str, days: Mapping[str, int | None]) -> str:
    """What an approval signs: the process and the days, so that the same rule is the same."""
    return hashlib.sha256(canonical({"retention": process, "days": dict(days)})).hexdigest()


def _check(days: Mapping[str, int | None]) -> None:
    errors = {
        part: f"1 to {MAX_DAYS:,} days, or nothing to keep it."
        for part, value in days.items()
        if value is not None and not 1 <= value <= MAX_DAYS
    }
    whole = days.get("item")
    for part in PARTS[:-1]:
        value = days.get(part)
        if value is not None and whole is not None and value > whole:
            errors.setdefault(part, "Not longer than the item itself.")
    if errors:
        raise InvalidInput("This is no rule of retention.", errors)
    if not any(days.get(part) for part in PARTS):
        raise InvalidInput("Say how long something is kept.", {"item": "A number of days."})
