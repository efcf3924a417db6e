"""The inbox of approvals, one request, and what is done with it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from governance.approvals import operations, queries, signing
from governance.approvals.models import Approval, Evidence
from governance.errors import Conflict, DomainError, InvalidInput, NotAllowed
from governance.models import Process, User
from review import access, approvals
from review.console import approving, weighing
from review.console.pages import actor_of, page, refusal

FORM_OVERHEAD_BYTES = 64 * 1024


@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits for me, what I asked for, and what was answered."""
    actor = actor_of(request)
    signer = signing.Signer.of(actor)
    seen = access.rights(actor).processes("view_governance")
    if not seen and len(signer.principals) < 2:
        raise PermissionDenied
    wanted = {name: request.GET.get(name, "") for name in ("process", "kind", "state")}
    wanted["process"] = wanted["process"] if wanted["process"] in seen else ""
    wanted["kind"] = wanted["kind"] if wanted["kind"] in approving.KINDS else ""
    wanted["state"] = wanted["state"] if wanted["state"] in approving.STATES else ""
    before = request.GET.get("before", "")
    rows = queries.answered(seen, **wanted, before=_uuid(before))
    shown = rows[: queries.PAGE_ROWS]
    context = {
        "waiting": approvals.to_sign(signer) if not before else [],
        "mine": queries.asked_by(actor) if not before else [],
        "answered": shown,
        "next_before": shown[-1].pk if len(rows) > queries.PAGE_ROWS else None,
        "is_first": not before,
        "may_lend": access.rights(actor).has_anywhere("give_approvals")
        or len(signer.principals) > 1,
        "wanted": wanted,
        "processes": Process.objects.filter(pk__in=seen).order_by("title"),
        "kinds": approving.KINDS.items(),
        "states": approving.STATES.items(),
    }
    return page(request, "governance/approvals/inbox.html", context, current="governance")


@login_required
@require_GET
def approval(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """What is asked for, beside what it replaces; signatures, evidence, comments."""
    return _request_page(request, approvals.approval_for(actor_of(request), approval_id))


def _request_page(
    request: HttpRequest,
    found: Approval,
    error: InvalidInput | None = None,
    *,
    is_unread: bool = False,
) -> HttpResponse:
    """The request, after a refusal with what was typed; is_unread: the body is not to be read."""
    actor = actor_of(request)
    is_open = found.state == Approval.State.REQUESTED
    ways, why_not = signing.ways(found, signing.Signer.of(actor)) if is_open else ([], "")
    takes_part = approvals.takes_part(actor, found)
    context = {
        "approval": found,
        "kind": approving.KINDS[found.kind],
        **weighing.changes(found.kind, found.process_id, found.before, found.after),
        "weighed": weighing.of_version(found) if is_open else None,
        "may_look": access.rights(actor).has(found.process_id or "", "view_governance"),
        "subject": approving.subject(found),
        "slots": approving.slots(found, found.signatures.all()),
        "needed": approving.role_list(found.roles),
        "validity": approving.validity(found),
        "evidence": queries.evidence_of(found),
        "comments": sorted(found.comments.all(), key=lambda one: one.at),
        "is_open": is_open,
        "ways": ways,
        "why_not": why_not,
        "may_withdraw": approvals.may_withdraw(actor, found),
        "may_comment": takes_part,
        "may_attach": takes_part and is_open,
        "error": error,
        "posted": {} if is_unread else request.POST,
    }
    template = "governance/approvals/request.html"
    status = 413 if is_unread else 422 if error else 200
    return page(request, template, context, current="governance", status=status)


def _act(
    request: HttpRequest, found: Approval, act: Callable[[], object], done: str
) -> HttpResponse:
    """Do something with a request: back to its page, or to the form with what is wrong."""
    try:
        act()
    except InvalidInput as error:
        return _request_page(request, found, error)
    except NotAllowed as error:
        return _refused(request, found, error, 403)
    except Conflict as error:
        return _refused(request, found, error, 409)
    messages.success(request, done)
    return redirect("approval", found.pk)


def _refused(
    request: HttpRequest, found: Approval, error: DomainError, status: int
) -> HttpResponse:
    return refusal(request, error, status=status, back=f"/governance/approvals/{found.pk}/")


@login_required
@require_POST
def sign(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Say yes or no; the form carries the digest of what it showed."""
    actor = actor_of(request)
    found = approvals.approval_for(actor, approval_id)
    answer = request.POST.get("answer", "")
    try:
        principal = approvals.principal_for(
            actor, found, request.POST.get("principal", str(actor.pk))
        )
    except NotAllowed as error:
        return _refused(request, found, error, 403)

    def act() -> None:
        if answer not in ("yes", "no"):
            raise InvalidInput("Say yes or no.", {"answer": "yes or no"})
        operations.sign(
            approval_id=found.pk,
            actor=actor,
            is_yes=answer == "yes",
            digest=request.POST.get("digest", ""),
            comment=_text(request, "comment"),
            principal=principal,
        )

    return _act(request, found, act, "Signed." if answer == "yes" else "Refused.")


@login_required
@require_POST
def withdraw(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Take a request back, or a yes: what it allowed stops at once."""
    actor = actor_of(request)
    found = approvals.approval_for(actor, approval_id)
    if not approvals.may_withdraw(actor, found) and found.state in ("requested", "granted"):
        raise PermissionDenied

    def act() -> None:
        reason = _text(request, "reason")
        operations.withdraw(approval_id=found.pk, actor=actor, reason=reason)

    return _act(request, found, act, "Withdrawn.")


@login_required
@require_POST
def comment(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Say something about a request."""
    actor = actor_of(request)
    found = approvals.approval_for(actor, approval_id)
    if not approvals.takes_part(actor, found):
        raise PermissionDenied

    def act() -> None:
        operations.comment(approval_id=found.pk, actor=actor, text=_text(request, "text"))

    return _act(request, found, act, "Comment added.")


# The length is known before the body is read: Django would look for the token in it first, and
# keep a file of any size for that.
@csrf_exempt
@login_required
@require_POST
def attach(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Attach a file to a request that waits."""
    actor = actor_of(request)
    found = approvals.approval_for(actor, approval_id)
    if not approvals.takes_part(actor, found):
        raise PermissionDenied
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if length > operations.MAX_EVIDENCE_BYTES + FORM_OVERHEAD_BYTES:
        error = InvalidInput("The file is too large.", {"file": "5 MiB at most."})
        return _request_page(request, found, error, is_unread=True)
    response: HttpResponse = _attached(request, actor, found)
    return response


@csrf_protect
def _attached(request: HttpRequest, actor: User, found: Approval) -> HttpResponse:
    file = request.FILES.get("file")

    def act() -> None:
        if file is None:
            raise InvalidInput("No file was sent.", {"file": "Choose one."})
        operations.attach(
            approval_id=found.pk,
            actor=actor,
            name=file.name or "file",
            media_type=file.content_type or "application/octet-stream",
            content=file.read(),
        )

    return _act(request, found, act, "Evidence attached.")


@login_required
@require_GET
def evidence(request: HttpRequest, evidence_id: UUID) -> HttpResponse:
    """A file that was attached, to be kept and never shown in place."""
    found = Evidence.objects.filter(pk=evidence_id).first()
    if found is None:
        raise Http404
    approvals.approval_for(actor_of(request), found.approval_id)
    response = HttpResponse(bytes(found.content), content_type="application/octet-stream")
    disposition = content_disposition_header(as_attachment=True, filename=found.name)
    response["Content-Disposition"] = disposition or "attachment"
    response["Cache-Control"] = "no-store"
    return response


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
