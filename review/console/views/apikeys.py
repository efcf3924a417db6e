"""A person's own API keys: made, rotated and revoked; a secret is shown once."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from governance.errors import Conflict, InvalidInput
from governance.models import ApiKey, Process, User
from governance.roles import keys
from governance.roles.scopes import Scope, useful_to
from review import access
from review.console import keyrows
from review.console.pages import actor_of, page, refusal

SHOWN = 50  # the newest
DAYS = (30, 90, 365)
OVERLAPS = (0, 1, 7)  # days


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def api_keys(request: HttpRequest) -> HttpResponse:
    """My keys; a POST makes one and shows its secret, this once."""
    if request.method != "POST":
        return _shown(request)
    actor = actor_of(request)
    process = request.POST.get("process", "")
    days = request.POST.get("days", "")
    if process and process not in access.rights(actor).visible_processes():
        return _refused(request, InvalidInput("You have no rights in this process."))
    if days not in {str(one) for one in DAYS}:
        return _refused(request, InvalidInput("Choose how long the key works."))
    scopes = request.POST.getlist("scopes")
    if not set(scopes) <= {scope.value for scope in _useful(actor)}:
        return _refused(request, InvalidInput("You could not use such a key."))
    try:
        _, secret = keys.issue_key(
            actor=f"user:{actor.pk}",
            scopes=scopes,
            user=actor,
            process=Process.objects.get(pk=process) if process else None,
            expires_at=timezone.now() + timedelta(days=int(days)),
        )
    except InvalidInput as error:
        return _refused(request, error)
    return _shown(request, secret)


@login_required
@never_cache
@require_POST
def rotate(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """A new key in the place of one of mine; the old one works on for the overlap."""
    actor = _own(request, key_id)
    days = request.POST.get("overlap", "")
    if days not in {str(one) for one in OVERLAPS}:
        return _refused(request, InvalidInput("Choose how long the old key works on."))
    try:
        _, secret = keys.rotate_key(key_id=key_id, overlap=timedelta(days=int(days)), actor=actor)
    except Conflict as error:
        return _refused(request, error)
    return _shown(request, secret)


@login_required
@require_POST
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Stop one of my keys for good."""
    actor = _own(request, key_id)
    try:
        keys.revoke_key(key_id=key_id, actor=actor)
    except Conflict as error:
        return _refused(request, error)
    messages.success(request, "The key is revoked.")
    return redirect("api-keys")


def _own(request: HttpRequest, key_id: UUID) -> str:
    """Me as an actor; 404 for a key that is not mine."""
    actor = actor_of(request)
    if not ApiKey.objects.filter(pk=key_id, user=actor).exists():
        raise Http404
    return f"user:{actor.pk}"


def _useful(actor: User) -> list[Scope]:
    """The scopes that I could use in some process of mine."""
    return useful_to(access.rights(actor).codenames())


def _shown(request: HttpRequest, secret: str = "") -> HttpResponse:
    actor = actor_of(request)
    context = {
        "keys": keyrows.rows(ApiKey.objects.filter(user=actor).order_by("-created_at")[:SHOWN]),
        "scopes": _useful(actor),
        "secret": secret,
        "processes": access.rights(actor).visible_processes(),
        "days": DAYS,
        "overlaps": OVERLAPS,
    }
    return page(request, "account/api_keys.html", context, current="api-keys")


def _refused(request: HttpRequest, error: Conflict | InvalidInput) -> HttpResponse:
    status = 409 if isinstance(error, Conflict) else 422
    return refusal(request, error, status=status, back="api-keys")
