"""Producers and their API keys: made, issued, rotated and revoked; a secret is shown once."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from governance.errors import DomainError, InvalidInput
from governance.models import ApiKey, Process
from governance.roles import keys
from governance.roles.scopes import OF_PRODUCERS, Scope
from review import access as rights
from review.console import keyrows
from review.console.pages import actor_of, page, refusal, status_of
from review.console.views.access import RIGHT, chosen, managed

DAYS = (30, 90, 365)
USUAL_DAYS = 365
OVERLAPS = (0, 1, 7)  # days


@login_required
@never_cache
@require_GET
def producers(request: HttpRequest) -> HttpResponse:
    """The producers of one process that I manage, with their keys."""
    return _shown(request, chosen(request, managed(request)))


@login_required
@never_cache
@require_POST
def issue(request: HttpRequest, process: str) -> HttpResponse:
    """A key for a producer, which is made if it is new; the answer shows its secret, this once."""
    actor = actor_of(request)
    rights.require(actor, process, RIGHT)
    given = request.POST
    try:
        with transaction.atomic():
            producer = keys.make_producer(
                name=given.get("producer", ""), process=process, actor=f"user:{actor.pk}"
            )
            _, secret = keys.issue_key(
                actor=f"user:{actor.pk}",
                scopes=given.getlist("scopes"),
                producer=producer,
                process=Process.objects.get(pk=process),
                expires_at=_end(given.get("days", "")),
                reason=_reason(given.get("reason", "")),
            )
    except DomainError as error:
        return _shown(request, process, error=error)
    return _shown(request, process, secret)


@login_required
@never_cache
@require_POST
def rotate(request: HttpRequest, producer_key_id: UUID) -> HttpResponse:
    """A new key in the place of a producer's; the old one works on for the overlap."""
    key = _managed_key(request, producer_key_id)
    days = request.POST.get("overlap", "")
    try:
        if days not in {str(one) for one in OVERLAPS}:
            raise InvalidInput("Choose how long the old key works on.")
        _, secret = keys.rotate_key(
            key_id=key.pk, overlap=timedelta(days=int(days)), actor=f"user:{actor_of(request).pk}"
        )
    except DomainError as error:
        return _refused(request, error, key.process_id)
    return _shown(request, str(key.process_id), secret)


@login_required
@require_POST
def revoke(request: HttpRequest, producer_key_id: UUID) -> HttpResponse:
    """Stop a producer's key for good."""
    key = _managed_key(request, producer_key_id)
    try:
        keys.revoke_key(key_id=key.pk, actor=f"user:{actor_of(request).pk}")
    except DomainError as error:
        return _refused(request, error, key.process_id)
    messages.success(request, f"{key.prefix} of {key.owner_name} is revoked.")
    return redirect(_address(key.process_id))


def _managed_key(request: HttpRequest, key_id: UUID) -> ApiKey:
    """A producer's key of a process whose access I manage; 404 for a person's."""
    keys_of_producers = ApiKey.objects.filter(producer__isnull=False).select_related("producer")
    key = keys_of_producers.filter(pk=key_id).first()
    if key is None or key.process_id is None:
        raise Http404
    rights.require(actor_of(request), key.process_id, RIGHT)
    return key


def _end(days: str) -> datetime:
    if days not in {str(one) for one in DAYS}:
        raise InvalidInput("Choose how long the key works.")
    return timezone.now() + timedelta(days=int(days))


def _reason(text: str) -> str:
    text = text.strip()
    if "\0" in text:
        raise InvalidInput("The reason holds a character that is none.")
    return text


def _shown(
    request: HttpRequest, process: str, secret: str = "", error: DomainError | None = None
) -> HttpResponse:
    """The page of a process; where no key was issued, with what was typed and why."""
    posted = request.POST if error else QueryDict()
    live, ended = keyrows.of_producers(process)
    context = {
        "processes": managed(request),
        "process": process,
        "live": live,
        "ended": ended,
        "names": sorted({row.key.owner_name for row in [*live, *ended]}),
        "secret": secret,
        "scopes": [
            (
                scope.value,
                scope.label,
                scope == Scope.PERSONAL,
                scope in posted.getlist("scopes") if error else scope != Scope.PERSONAL,
            )
            for scope in OF_PRODUCERS
        ],
        "posted": posted,
        "error": error,
        "chosen_days": posted.get("days") or str(USUAL_DAYS),
        "days": DAYS,
        "overlaps": OVERLAPS,
    }
    template, status = "governance/access/producers.html", status_of(error) if error else 200
    return page(request, template, context, current="governance", status=status)


def _address(process: str | None) -> str:
    return f"{resolve_url('producers')}?process={process}"


def _refused(request: HttpRequest, error: DomainError, process: str | None) -> HttpResponse:
    return refusal(request, error, status=status_of(error), back=_address(process))
