"""Access: who holds which role, giving and taking roles, and reviews of it."""

from datetime import UTC, datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from governance.access import held
from governance.access import operations as reviews
from governance.access.ending import soon
from governance.access.models import AccessReview, AccessReviewLine
from governance.errors import Conflict, DomainError, InvalidInput
from governance.models import Process, User
from governance.roles import operations
from governance.roles.roles import Role
from review import access as rights
from review.console import confirming, holding
from review.console.keyrows import KeyRow
from review.console.pages import actor_of, page, refusal, status_of

RIGHT = "manage_access"
MAX_REASON = 500
SHOWN_REVIEWS = 20


@login_required
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """People and their roles in one process that I manage."""
    return _overview(request, chosen(request, managed(request)))


def _overview(request: HttpRequest, process: str, error: DomainError | None = None) -> HttpResponse:
    """The page of a process; where a role could not be given, with what was typed and why."""
    holders = holding.holders(process)
    context = {
        "processes": managed(request),
        "process": process,
        "posted": request.POST if error else {},
        "error": error,
        "errors": error.errors if isinstance(error, InvalidInput) else {},
        "holders": holders,
        "questions": [
            confirming.take_role(process, one.person, held.role)
            for one in holders
            for held in one.held
            if one.person.pk != request.user.pk
        ],
        "roles": [(role.value, role.label) for role in Role],
        "reviews": AccessReview.objects.filter(process_id=process).order_by("-started_at")[
            :SHOWN_REVIEWS
        ],
        "now": timezone.now(),
        "soon": soon([process]),
    }
    status = status_of(error) if error else 200
    return page(
        request, "governance/access/overview.html", context, current="governance", status=status
    )


@login_required
@require_GET
def who_can(request: HttpRequest) -> HttpResponse:
    """Every right of every person in a process, and the roles that it comes from."""
    slugs = managed(request)
    process = chosen(request, slugs)
    context = {"processes": slugs, "process": process, "people": held.rights_held(process)}
    return page(request, "governance/access/who_can.html", context, current="governance")


@login_required
@require_POST
def export(request: HttpRequest, process: str) -> HttpResponse:
    """Who can do what, as CSV; who took it is recorded."""
    actor = actor_of(request)
    rights.require(actor, process, RIGHT)
    content = held.as_csv(process=process, actor=actor)
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    file = f"access-{process}-{timezone.now():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{file}"'
    return response


@login_required
@require_POST
def give(request: HttpRequest, process: str) -> HttpResponse:
    """Give a person a role, for good or until an instant."""
    actor = actor_of(request)
    rights.require(actor, process, RIGHT)
    try:
        person = _person(request.POST.get("username", ""))
        role = _role(request.POST.get("role", ""))
        until = _until(request.POST.get("until", ""))
        reason = _reason(request.POST.get("reason", ""))
        is_new = operations.grant_role(
            user=person,
            role=role,
            process=Process.objects.get(pk=process),
            actor=f"user:{actor.pk}",
            until=until,
            reason=reason,
        )
        if not is_new:
            raise Conflict(f"{person.display_name} is {role.label} already; take it back first.")
    except DomainError as error:
        return _overview(request, process, error)
    title = Process.objects.get(pk=process).title
    messages.success(request, f"{person.display_name} is {role.label} of {title}.")
    return redirect(_address(process))


@login_required
@require_POST
def take(request: HttpRequest, process: str) -> HttpResponse:
    """Take a role back; it stops working with the person's next request."""
    actor = actor_of(request)
    rights.require(actor, process, RIGHT)
    try:
        person = _person(request.POST.get("username", ""))
        role = _role(request.POST.get("role", ""))
        operations.revoke_role(
            user=person,
            role=role,
            process=Process.objects.get(pk=process),
            actor=f"user:{actor.pk}",
            reason=_reason(request.POST.get("reason", "")),
        )
    except DomainError as error:
        return refusal(request, error, status=status_of(error), back=_address(process))
    title = Process.objects.get(pk=process).title
    messages.success(request, f"{person.display_name} is no longer {role.label} of {title}.")
    return redirect(_address(process))


@login_required
@require_POST
def start_review(request: HttpRequest, process: str) -> HttpResponse:
    """Start a review of everybody's roles in a process."""
    actor = actor_of(request)
    rights.require(actor, process, RIGHT)
    try:
        started = reviews.start(process=process, actor=actor)
    except DomainError as error:
        return refusal(request, error, status=status_of(error), back=_address(process))
    return redirect("access-review", started.pk)


@login_required
@require_GET
def review(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """One review: its lines to answer, or its record once it is finished."""
    found = _review(request, review_id)
    lines = holding.lines_of(found)
    now = timezone.now()
    context = {
        "review": found,
        "lines": lines,
        "roles": [line for line in lines if line.key is None],
        "keys": [(line, KeyRow(line.key, now)) for line in lines if line.key is not None],
        "answered": sum(1 for line in lines if line.answer),
        "is_late": found.finished_at is None and found.due_at < now,
    }
    return page(request, "governance/access/review.html", context, current="governance")


@login_required
@require_POST
def answer(request: HttpRequest, line_id: UUID) -> HttpResponse:
    """Confirm a line of a review, or take its role or key back."""
    line = AccessReviewLine.objects.filter(pk=line_id).first()
    if line is None:
        raise Http404
    found = _review(request, line.review_id)
    given = request.POST.get("answer", "")
    back = resolve_url("access-review", found.pk)
    try:
        line = reviews.answer(line_id=line_id, answer=given, actor=actor_of(request))
    except DomainError as error:
        return refusal(request, error, status=status_of(error), back=back)
    messages.success(request, f"{line.get_answer_display().capitalize()}: {holding.named(line)}.")
    following = holding.next_line(found, line, actor_of(request))
    # An anchor that can have the focus gets it, so that whoever works by keys goes on from there.
    return redirect(f"{back}#answer-{following.pk}" if following else f"{back}#finish")


@login_required
@require_POST
def finish(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Close a review whose lines are all answered."""
    found = _review(request, review_id)
    try:
        reviews.finish(review_id=found.pk, actor=actor_of(request))
    except DomainError as error:
        back = resolve_url("access-review", found.pk)
        return refusal(request, error, status=status_of(error), back=back)
    messages.success(request, "The review is finished.")
    return redirect("access-review", found.pk)


def managed(request: HttpRequest) -> list[str]:
    """The processes whose access I manage. Raises PermissionDenied without any."""
    slugs = rights.rights(request.user).processes(RIGHT)
    if not slugs:
        raise PermissionDenied
    return slugs


def chosen(request: HttpRequest, slugs: list[str]) -> str:
    """The process asked for, or the first; 404 for one whose access I do not manage."""
    wanted = request.GET.get("process") or slugs[0]
    if wanted not in slugs:
        raise Http404
    return wanted


def _review(request: HttpRequest, review_id: UUID) -> AccessReview:
    found = AccessReview.objects.select_related("process", "started_by").filter(pk=review_id)
    one = found.first()
    if one is None:
        raise Http404
    rights.require(actor_of(request), one.process_id, RIGHT)
    return one


def _person(username: str) -> User:
    person = User.objects.filter(username=username.replace("\0", "").strip()).first()
    if person is None:
        raise InvalidInput("There is nobody with this user name.", {"username": "Nobody has it."})
    return person


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise InvalidInput("There is no such role.", {"role": "Choose one."}) from None


def _reason(text: str) -> str:
    reason = text.replace("\0", "").strip()
    if not 0 < len(reason) <= MAX_REASON:
        raise InvalidInput("Say why.", {"reason": f"1 to {MAX_REASON} characters."})
    return reason


def _until(text: str) -> datetime | None:
    """The end that was typed, in UTC; None for an empty field."""
    if not text:
        return None
    try:
        until = parse_datetime(text)
    except ValueError:
        until = None
    if until is None:
        raise InvalidInput("The end is no date and time.", {"until": "A day and a time."})
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    if until <= timezone.now():
        raise InvalidInput("The end lies in the past.", {"until": "Later than now, in UTC."})
    return until


def _address(process: str) -> str:
    return f"{resolve_url('access')}?process={process}"
