"""Asking, signing, taking back: with their triggers the only code that changes an approval."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.approvals import queries, quorum, signing
from governance.approvals.models import Approval, Comment, Delegation, Evidence, Signature
from governance.errors import Conflict, InvalidInput, NotAllowed
from governance.ledger import operations as ledger
from governance.models import User

MAX_TEXT = 5000
MAX_EVIDENCE_BYTES = 5 * 2**20
# Forms know minutes only, and clocks differ; the triggers on approvals grant as much.
CLOCK_SKEW = timedelta(minutes=5)


@transaction.atomic
def request(
    *,
    kind: str,
    process: str | None,
    subject: str,
    digest: str,
    title: str,
    risk: str,
    reason: str,
    actor: User,
    author: User | None = None,
    before: Any = None,
    after: Any = None,
) -> Approval:
    """Ask for a yes to exactly `digest`; a request for it that is open already is given back.

    Raises InvalidInput without a reason of 1 to 5000 characters, and Conflict for what lets a model
    act alone and is approved for longer than LAPSING_DAYS still.
    """
    reason = _text(reason, "reason", "Say why it should be approved.")
    # Two that ask at once get the same request: the second waits for the index and reads it.
    open_already = Approval.objects.filter(
        process_id=process, kind=kind, digest=digest, state=Approval.State.REQUESTED
    )
    known = open_already.first()
    if known is not None:
        return known
    _not_too_early(kind, process, digest)
    now = timezone.now()
    try:
        with transaction.atomic():
            approval = Approval.objects.create(
                process_id=process,
                kind=kind,
                subject=subject,
                digest=digest,
                title=title[:200],
                before=before,
                after=after,
                risk=risk,
                roles=list(quorum.roles_needed(kind, risk)),
                reason=reason,
                requested_by=actor,
                author=author,
                requested_at=now,
                closes_at=now + timedelta(days=quorum.OPEN_DAYS),
                valid_days=quorum.valid_days(risk),
            )
    except IntegrityError:
        return open_already.get()
    _record(approval, "approval.requested", actor, {"risk": risk, "roles": approval.roles})
    return approval


@transaction.atomic
def sign(
    *,
    approval_id: UUID,
    actor: User,
    is_yes: bool,
    digest: str,
    comment: str = "",
    principal: User | None = None,
) -> Approval:
    """Say yes or no in the first needed role that the principal holds and nobody has signed in.

    digest is what the signer saw. A no refuses the request; the last yes that is needed grants it.
    principal is who delegated their right to the actor, by default the actor. Raises NotAllowed
    for who asked for it, made it, signed already or holds no role that is needed; Conflict where it
    is no longer waiting or is not what was seen; InvalidInput for a no without a comment.
    """
    approval = Approval.objects.select_for_update().get(pk=approval_id)
    principal = principal or actor
    if approval.state != Approval.State.REQUESTED:
        raise Conflict(f"This request is {approval.get_state_display()} already.")
    now = timezone.now()
    if approval.closes_at <= now:
        raise Conflict("This request was open for too long; ask again.")
    if digest != approval.digest:
        raise Conflict("What you saw is not what is asked for.")
    comment = comment.strip()
    if not is_yes:
        comment = _text(comment, "comment", "Say why you refuse.")
    role = signing.role_for(approval, actor, principal)
    Signature.objects.create(
        approval=approval,
        digest=digest,
        role=role,
        actor=actor,
        principal=principal,
        is_yes=is_yes,
        comment=comment[:MAX_TEXT],
        at=now,
    )
    said: dict[str, Any] = {"role": role, "is_yes": is_yes}
    if principal.pk != actor.pk:
        said["principal"] = str(principal.pk)
    _record(approval, "approval.signed", actor, said)
    if not is_yes:
        _end(approval, Approval.State.REFUSED, comment, actor, now)
    elif approval.signatures.filter(is_yes=True).count() == len(approval.roles):
        approval.state = Approval.State.GRANTED
        approval.granted_at = now
        approval.valid_until = now + timedelta(days=approval.valid_days)
        approval.save(update_fields=["state", "granted_at", "valid_until"])
        until = approval.valid_until.isoformat()
        _record(approval, "approval.granted", actor, {"valid_until": until})
    return approval


@transaction.atomic
def withdraw(*, approval_id: UUID, actor: User, reason: str) -> Approval:
    """Take a request back, or a yes that was given: what it allowed stops at once.

    A request is taken back by who made it; a yes by them or by anybody who may give approvals in
    the process, which the caller has checked. Raises Conflict where it ended before.
    """
    reason = _text(reason, "reason", "Say why it is withdrawn.")
    approval = Approval.objects.select_for_update().get(pk=approval_id)
    if approval.state == Approval.State.REQUESTED and approval.requested_by_id != actor.pk:
        raise NotAllowed("Only who asked may withdraw a request; refuse it instead.")
    if approval.state not in (Approval.State.REQUESTED, Approval.State.GRANTED):
        raise Conflict(f"This request is {approval.get_state_display()} already.")
    _end(approval, Approval.State.WITHDRAWN, reason, actor, timezone.now())
    return approval


def lapse_due(limit: int = 500) -> int:
    """Close what was open or valid for too long; how many. What is allowed never waits for this:
    whoever asks compares the instants."""
    now = timezone.now()
    lapsed = 0
    with transaction.atomic():
        overdue = Approval.objects.select_for_update(skip_locked=True)
        requested = overdue.filter(state=Approval.State.REQUESTED, closes_at__lte=now)
        granted = overdue.filter(state=Approval.State.GRANTED, valid_until__lte=now)
        for approval in [*requested[:limit], *granted[:limit]]:
            _end(approval, Approval.State.LAPSED, "", None, now)
            lapsed += 1
    return lapsed


@transaction.atomic
def comment(*, approval_id: UUID, actor: User, text: str) -> Comment:
    """Say something about a request; the ledger holds that it was said, not the words."""
    text = _text(text, "text", "Write something.")
    approval = Approval.objects.get(pk=approval_id)
    made = Comment.objects.create(approval=approval, actor=actor, text=text, at=timezone.now())
    digest = hashlib.sha256(text.encode()).hexdigest()
    _record(approval, "approval.commented", actor, {"comment": str(made.pk), "sha256": digest})
    return made


@transaction.atomic
def attach(
    *, approval_id: UUID, actor: User, name: str, media_type: str, content: bytes
) -> Evidence:
    """Attach evidence to a request that still waits; the same content twice changes nothing.

    Raises Conflict once it was answered, InvalidInput for nothing or more than 5 MiB.
    """
    if not content or len(content) > MAX_EVIDENCE_BYTES:
        raise InvalidInput("The file is empty or too large.", {"file": "1 byte to 5 MiB."})
    approval = Approval.objects.select_for_update().get(pk=approval_id)
    if approval.state != Approval.State.REQUESTED:
        raise Conflict("Evidence can only be added while the request waits.")
    digest = hashlib.sha256(content).hexdigest()
    evidence, created = Evidence.objects.get_or_create(
        approval=approval,
        digest=digest,
        defaults={
            "name": name[:200],
            "media_type": media_type[:100],
            "content": content,
            "added_by": actor,
            "at": timezone.now(),
        },
    )
    if created:
        _record(approval, "approval.evidence_added", actor, {"sha256": digest})
    return evidence


@transaction.atomic
def delegate(
    *, principal: User, to: User, since: datetime, until: datetime, reason: str
) -> Delegation:
    """Let somebody sign in a person's place for a time, from now on at the earliest.

    Raises InvalidInput, also for who could sign nothing: for separation of duties, or because the
    principal signs nothing. Roles that are given later are looked at with each signature.
    """
    errors: dict[str, str] = {}
    now = timezone.now()
    if principal.pk == to.pk:
        errors["delegate"] = "Somebody else."
    if not to.is_active:
        errors["delegate"] = "This person cannot sign in."
    if not errors and not signing.stand_ins(principal, [to]):
        errors["delegate"] = "This person's own roles let them sign nothing in this place."
    if since < now - CLOCK_SKEW:
        errors["since"] = "From now on at the earliest."
    since = max(since, now)
    if until <= since:
        errors["until"] = "After it begins."
    if until - since > timedelta(days=90):
        errors["until"] = "At most 90 days."
    if not reason.strip():
        errors["reason"] = "Say why."
    if errors:
        raise InvalidInput("This is no delegation.", errors)
    made = Delegation.objects.create(
        principal=principal, delegate=to, since=since, until=until, reason=reason.strip()[:300]
    )
    ledger.append(
        "approval.delegated",
        actor=f"user:{principal.pk}",
        data={
            "delegation": str(made.pk),
            "to": str(to.pk),
            "since": since.isoformat(),
            "until": until.isoformat(),
        },
    )
    return made


@transaction.atomic
def end_delegation(*, delegation_id: UUID, actor: User) -> None:
    """End a delegation of one's own before its time. Raises Conflict if it has ended."""
    changed = Delegation.objects.filter(
        pk=delegation_id, principal=actor, ended_at__isnull=True
    ).update(ended_at=timezone.now())
    if not changed:
        raise Conflict("This delegation has ended already.")
    ledger.append(
        "approval.delegation_ended",
        actor=f"user:{actor.pk}",
        data={"delegation": str(delegation_id)},
    )


def _not_too_early(kind: str, process: str | None, digest: str) -> None:
    if kind not in queries.LICENCE_KINDS:
        return
    granted = queries.in_force(process, queries.alike(kind), digest)
    begins = None if granted is None else queries.anew_from(granted)
    if granted is not None and granted.valid_until is not None and begins is not None:
        raise Conflict(
            f"This is approved until {granted.valid_until:%-d %B %Y}; "
            f"ask anew from {begins:%-d %B %Y} on."
        )


def _end(
    approval: Approval, state: Approval.State, reason: str, actor: User | None, now: datetime
) -> None:
    approval.state, approval.ended_at, approval.ended_reason = state, now, reason
    approval.save(update_fields=["state", "ended_at", "ended_reason"])
    _record(approval, f"approval.{state.value}", actor, {})


def _record(approval: Approval, kind: str, actor: User | None, data: dict[str, Any]) -> None:
    ledger.append(
        kind,
        process=approval.process_id,
        actor=f"user:{actor.pk}" if actor else "system:approvals",
        data={
            "approval": str(approval.pk),
            "of": approval.kind,
            "subject": approval.subject,
            "digest": approval.digest,
            **data,
        },
    )


def _text(text: str, field: str, missing: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidInput(missing, {field: "required"})
    if len(text) > MAX_TEXT:
        raise InvalidInput("The text is too long.", {field: f"At most {MAX_TEXT} characters."})
    return text
