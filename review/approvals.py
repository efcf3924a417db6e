"""What pages and API ask alike of approvals: who sees one, takes part, signs, may withdraw it."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404

from governance.approvals import asking, queries, signing
from governance.approvals.asking import Draft
from governance.approvals.models import Approval
from governance.catalogue import queries as catalogue
from governance.catalogue.models import ModelVersion
from governance.errors import NotAllowed
from governance.models import Process, User
from review import access


def approval_for(actor: User, approval_id: UUID) -> Approval:
    """A request whose process somebody sees, or that they may sign in somebody's place; or 404."""
    found = queries.shown(approval_id)
    if found is None:
        raise Http404
    if _has(actor, found, "view_governance") or signing.Signer.of(actor).is_concerned(found):
        return found
    raise Http404


def to_sign(signer: signing.Signer) -> list[tuple[Approval, list[signing.Way]]]:
    """The oldest requests that somebody may sign now, a page at most, and in which ways.

    Each request costs a statement or two, for who made a thing is asked of the database.
    """
    found: list[tuple[Approval, list[signing.Way]]] = []
    for one in queries.open_requests():
        if len(found) == queries.PAGE_ROWS:
            break
        if signer.is_concerned(one):
            ways, _ = signing.ways(one, signer)
            if ways:
                found.append((one, ways))
    return found


def principal_for(actor: User, found: Approval, wanted: str) -> User | None:
    """In whose place somebody signs; None where the request is answered already.

    wanted is a user's id. Never in one's own name instead: they were told that they sign in
    another's place. Raises NotAllowed with the reason: who asks or made it, signed, holds no role.
    """
    if found.state != Approval.State.REQUESTED:
        return None
    ways, why_not = signing.ways(found, signing.Signer.of(actor))
    if not ways:
        raise NotAllowed(why_not)
    for one in ways:
        if str(one.principal.pk) == wanted:
            return one.principal
    raise NotAllowed("You may not sign in this person's place.")


def takes_part(actor: User, found: Approval) -> bool:
    """Whether a person may comment and attach: who asks, who signs, and who stands in for them."""
    return (
        _has(actor, found, "request_approvals")
        or _has(actor, found, "give_approvals")
        or signing.Signer.of(actor).is_concerned(found)
    )


def may_withdraw(actor: User, found: Approval) -> bool:
    """Whether a person may take back this request, or the yes."""
    is_asker = found.requested_by_id == actor.pk
    if found.state == Approval.State.REQUESTED:
        return is_asker
    return found.state == Approval.State.GRANTED and (
        is_asker or _has(actor, found, "give_approvals")
    )


def draft_of(process: str, what: str, version: str | None = None) -> Draft:
    """What would be asked for: version (the one that serves, or one named by its id), contract (the
    one in force), stage-partial or stage-full. 404 where there is none."""
    row = Process.objects.select_related("contract__process").filter(pk=process).first()
    if row is None:
        raise Http404
    match what:
        case "version":
            named = _version(process, version) if version else catalogue.champion(process)
            if named is not None:
                return asking.version_draft(named)
        case "contract" if row.contract is not None:
            return asking.contract_draft(row.contract)
        case "stage-partial" | "stage-full":
            return asking.stage_draft(row, what.removeprefix("stage-"))
    raise Http404


def _version(process: str, key: str) -> ModelVersion | None:
    try:
        wanted = UUID(key)
    except ValueError:
        return None
    versions = ModelVersion.objects.select_related("model__process")
    return versions.filter(pk=wanted, model__process=process).first()


def _has(actor: User, found: Approval, codename: str) -> bool:
    mine = access.rights(actor)
    if found.process_id is None:
        return mine.has_anywhere(codename)
    return mine.has(found.process_id, codename)
