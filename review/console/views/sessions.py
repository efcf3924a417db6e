"""My open sessions."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from governance.errors import DomainError
from governance.signin import sessions as operations
from review.console.pages import actor_of, page, refusal, status_of


@login_required
@never_cache
@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """Where I am signed in."""
    context = {
        "sessions": operations.open_sessions(actor_of(request)),
        "this": request.session.get(operations.KEY),
    }
    return page(request, "account/sessions.html", context, current="sessions")


@login_required
@require_POST
def end(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """End one of mine; the one I am in too."""
    actor = actor_of(request)
    try:
        operations.end(user=actor, session_id=session_id, actor=f"user:{actor.pk}")
    except DomainError as error:
        return refusal(request, error, status=status_of(error), back="sessions")
    messages.success(request, "That session is ended.")
    return redirect("sessions")


@login_required
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """End all of mine but this one."""
    actor = actor_of(request)
    but = request.session.get(operations.KEY)
    ended = operations.end_all(user=actor, actor=f"user:{actor.pk}", but=but)
    said = f"{ended} session{'' if ended == 1 else 's'} ended." if ended else "There was no other."
    messages.success(request, said)
    return redirect("sessions")
